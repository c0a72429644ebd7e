/** Milliseconds since the Unix epoch, UTC. */
export type Millis = number;
/** A length of time in milliseconds. */
export type Duration = number;
export type Labels = Readonly<Record<string, string>>;

export type Severity = 'critical' | 'warning' | 'info' | 'unknown';
/** routing-and-alerts: 1 auto-mitigation, 2 immediate attention, 3 emergency (only `read` runbooks). */
export type ResponseLevel = 1 | 2 | 3;

/** From watching to acting; each policy and cluster has one, and a failed verification lowers it. */
export const AUTONOMIES = ['observe', 'shadow', 'suggest', 'approve', 'auto'] as const;
export type Autonomy = (typeof AUTONOMIES)[number];

/** The lower of two: effective autonomy = min(policy, ledger). */
export const lowerAutonomy = (a: Autonomy, b: Autonomy): Autonomy =>
  AUTONOMIES.indexOf(a) <= AUTONOMIES.indexOf(b) ? a : b;

/** Who did it: a token's name, or `nightshift` itself. It is what the audit shows. */
export interface Actor {
  readonly name: string;
  readonly via: 'system' | 'api' | 'cli' | 'slack' | 'pagerduty' | 'alertmanager';
}
export const SYSTEM: Actor = { name: 'nightshift', via: 'system' };

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };
