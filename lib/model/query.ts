import type { Duration, Millis } from './basic.ts';
import type { ErrorKind } from './errors.ts';

/** What is asked of the function that stands beside Prometheus and Alertmanager. */
export type QueryRequest =
  | { readonly ask: 'instant'; readonly expr: string; readonly at?: Millis }
  | {
      readonly ask: 'range';
      readonly expr: string;
      readonly from: Millis;
      readonly to: Millis;
      readonly step: Duration;
    }
  | { readonly ask: 'raw'; readonly selector: string; readonly window: Duration }
  | { readonly ask: 'time' }
  | { readonly ask: 'healthy' }
  | { readonly ask: 'alerts' };

/** How one function of ours answers another: the value, or an error of ours in plain form. */
export interface FunctionAnswer {
  readonly value?: unknown;
  readonly error?: {
    readonly kind: ErrorKind;
    readonly code: string;
    readonly message: string;
    readonly field?: string;
  };
}
