import type { Labels, Millis } from '../model/basic.ts';

export interface ActiveAlert {
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAt: Millis;
  readonly generatorURL: string | null;
  readonly silenced: boolean;
}
/** The truth about what fires now, silenced and inhibited alerts included. `failed` `alertmanager.unavailable`. */
export interface AlertmanagerPort {
  active(): Promise<readonly ActiveAlert[]>;
}
