import type { Deps } from '../../lib/loop/deps.ts';
import type { Millis } from '../../lib/model/basic.ts';
import type { Policy } from '../../lib/model/catalogue.ts';
import type { Settings } from '../../lib/model/settings.ts';

export interface WorldOptions {
  readonly policies?: readonly Policy[];
  /** `h1` … `h<n>` of cluster prod, each with the service svc. */
  readonly hosts?: number;
  readonly now?: Millis;
  readonly settings?: Partial<Settings>;
  /** Whether Alertmanager can be asked what fires; without it there are only webhooks. */
  readonly asksAlertmanager?: boolean;
  readonly wrap?: (deps: Deps) => Deps;
  /** Where things are kept instead of in the embedded store. */
  readonly stores?: Partial<Pick<Deps, 'ledger' | 'queue' | 'blobs'>>;
}
