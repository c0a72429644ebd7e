import { dice } from './scoring/draws.ts';

/** As Alertmanager sends it. */
export interface Alert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt?: string;
  readonly fingerprint: string;
}

/** A local AWS in one Python process: what is more than it can take would measure that, and not Nightshift. */
export const STORM = { seconds: 120, webhooks: 120, alertsPerWebhook: 100, flapping: 0.05 } as const;
export const CLUSTERS = Array.from({ length: 8 }, (_, at) => `storm-${at}`);
export const HOSTS = Array.from({ length: 5 }, (_, at) => `h${at}`);
const PER_HOST = STORM.alertsPerWebhook / HOSTS.length;

export interface Storm {
  readonly webhooks: readonly (readonly Alert[])[];
  readonly fingerprints: readonly string[];
}

export const groupOf = (alerts: readonly Alert[]): string => `{}:{cluster="${alerts[0]?.labels.cluster}"}`;

/**
 * What Alertmanager sends while everything falls over: each cluster is a group of alerts on 5 hosts, and the groups are sent
 * one after the other, again and again, each time with some of their alerts resolved and others firing anew.
 */
export function storm(seed = 7): Storm {
  const { chance } = dice(seed);
  const began = Date.now();
  const groups = CLUSTERS.map((cluster, c) =>
    HOSTS.flatMap((host, h) =>
      Array.from({ length: PER_HOST }, (_, a) =>
        fresh(cluster, `${cluster}-${host}`, a, (c * HOSTS.length + h) * PER_HOST + a),
      ),
    ),
  );
  function fresh(cluster: string, host: string, a: number, number: number): Alert {
    const alertname = a === 0 ? 'RedisDown' : `Trouble${a}`;
    const labels = { alertname, severity: a === 0 ? 'critical' : 'warning', cluster, host, service: 'redis' };
    const annotations = { summary: `${alertname} on ${host}` };
    const fingerprint = `f0${number.toString(16).padStart(14, '0')}`;
    return { status: 'firing', labels, annotations, startsAt: new Date(began).toISOString(), fingerprint };
  }
  const webhooks = Array.from({ length: STORM.webhooks }, (_, at) => {
    const group = at % CLUSTERS.length;
    const again = at >= CLUSTERS.length;
    const now = new Date(began + (at * STORM.seconds * 1_000) / STORM.webhooks).toISOString();
    const alerts = (groups[group] ?? []).map((alert): Alert => {
      if (!again || !chance(STORM.flapping)) return alert;
      if (alert.status === 'firing') return { ...alert, status: 'resolved', endsAt: now };
      const { endsAt: _, ...rest } = alert;
      return { ...rest, status: 'firing', startsAt: now };
    });
    groups[group] = alerts;
    return alerts;
  });
  return { webhooks, fingerprints: groups.flat().map(({ fingerprint }) => fingerprint) };
}
