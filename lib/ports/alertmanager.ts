import type { Labels, Millis } from '../model/basic.ts';

export interface ActiveAlert {
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAt: Millis;
  readonly generatorURL: string | null;
  readonly silenced: boolean;
}

/**
 * The truth about what fires now, silenced and inhibited alerts included. `startedAt` is when this Alertmanager started
 * (`uptime` of /api/v2/status): a young one has not heard everything yet, so that absence in it proves nothing.
 * `failed` `alertmanager.unavailable` when it cannot be asked in time.
 */
export interface AlertmanagerPort {
  active(): Promise<{ readonly alerts: readonly ActiveAlert[]; readonly startedAt: Millis }>;
}
