import { parseWebhook, type Webhook } from '../../lib/intake/alertmanager.ts';
import { fingerprintOf } from '../../lib/intake/fingerprint.ts';
import type { Labels, Millis } from '../../lib/model/basic.ts';
import { failed } from '../../lib/model/errors.ts';
import type { ActiveAlert, AlertmanagerPort } from '../../lib/ports/alertmanager.ts';
import type { Ids } from '../../lib/ports/edges.ts';
import { HOUR } from './time.ts';

/** An alert as it stands in a webhook. */
export interface AlertText {
  readonly status: 'firing' | 'resolved';
  readonly labels: Labels;
  readonly startsAt: string;
  readonly endsAt: string;
}

const NEVER = '0001-01-01T00:00:00Z';
const iso = (at: Millis) => new Date(at).toISOString();

export const labelsOf = (host: string, more: Labels = {}): Labels => ({
  alertname: 'SvcDown',
  severity: 'critical',
  cluster: 'prod',
  host,
  service: 'svc',
  ...more,
});

/** Alertmanager: what fires there, as webhooks and as its API tell it. */
export class AlertSource {
  readonly port: AlertmanagerPort;
  /** Set while it cannot be asked. */
  down = false;
  startedAt: Millis;
  private readonly active = new Map<string, ActiveAlert>();
  private readonly now: () => Millis;

  constructor(now: () => Millis) {
    this.now = now;
    this.startedAt = now() - 24 * HOUR;
    this.port = {
      active: async () => {
        if (this.down) throw failed('alertmanager.unavailable', 'connection refused');
        return { alerts: [...this.active.values()], startedAt: this.startedAt };
      },
    };
  }

  /** It fires from now on; the text of the webhook that tells of it, whether or not that is sent. */
  fires(host: string, more: Labels = {}): AlertText {
    const labels = labelsOf(host, more);
    const fingerprint = fingerprintOf(labels);
    const startsAt = this.active.get(fingerprint)?.startsAt ?? this.now();
    this.active.set(fingerprint, {
      fingerprint,
      labels,
      annotations: {},
      startsAt,
      generatorURL: null,
      silenced: false,
    });
    return { status: 'firing', labels, startsAt: iso(startsAt), endsAt: NEVER };
  }

  /** It is over. */
  ends(host: string, more: Labels = {}): AlertText {
    const labels = labelsOf(host, more);
    const fingerprint = fingerprintOf(labels);
    const startsAt = this.active.get(fingerprint)?.startsAt ?? this.now();
    this.active.delete(fingerprint);
    return { status: 'resolved', labels, startsAt: iso(startsAt), endsAt: iso(this.now()) };
  }

  get firing(): readonly ActiveAlert[] {
    return [...this.active.values()];
  }

  webhook(alerts: readonly AlertText[], ids: Pick<Ids, 'next'>): Webhook {
    const status = alerts.some((alert) => alert.status === 'firing') ? 'firing' : 'resolved';
    const body = { version: '4', groupKey: 'g', truncatedAlerts: 0, status, receiver: 'nightshift', alerts };
    const whole = { ...body, groupLabels: {}, commonLabels: {}, commonAnnotations: {}, externalURL: 'http://am' };
    const bytes = new TextEncoder().encode(JSON.stringify(whole));
    return parseWebhook(bytes, { receivedAt: this.now(), ids, maxAlerts: 1_000 });
  }
}
