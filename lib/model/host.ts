import type { Labels, Millis } from './basic.ts';

/** An inventory entry. `id` is an EC2 instance id on AWS, a chosen name embedded. */
export interface Host {
  readonly id: string;
  readonly name: string;
  readonly cluster: string;
  readonly addresses: readonly string[];
  readonly services: readonly string[];
  readonly labels: Labels;
  /** Whether commands can reach it now; `unknown` refuses like `offline`. */
  readonly state: 'online' | 'offline' | 'unknown';
  readonly launchedAt: Millis | null;
  /** How a service is restarted where systemd does not run; never anything from an alert. Service → argv. */
  readonly restart: Readonly<Record<string, readonly string[]>>;
}
