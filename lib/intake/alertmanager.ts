import { isNever, parseRfc3339 } from '../language/time.ts';
import type { Millis } from '../model/basic.ts';
import { invalid, type NightshiftError } from '../model/errors.ts';
import type { Signal } from '../model/signal.ts';
import type { Ids } from '../ports/edges.ts';
import { fingerprintOf } from './fingerprint.ts';
import { parseJson } from './json.ts';
import { type AlertPayload, webhookPayload } from './payload.ts';

export interface WebhookContext {
  readonly receivedAt: Millis;
  readonly ids: Pick<Ids, 'next'>;
  /** More alerts in one webhook are refused: `max_alerts` of the receiver is the place to bound them. */
  readonly maxAlerts: number;
}
export interface Webhook {
  readonly signals: Signal[];
  /** Alertmanager left some out: its API has to be read. */
  readonly truncated: boolean;
  readonly groupKey: string;
}

/** What Alertmanager sends is three levels deep; more room is for fields to come. */
const MAX_DEPTH = 16;

/** Path of a field as people write it: `alerts[3].labels.severity`. */
export function fieldPath(path: readonly PropertyKey[]): string {
  const written = path.map((key) => {
    if (typeof key === 'number') return `[${key}]`;
    const name = String(key).slice(0, 80);
    return /^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
  });
  return written.join('').replace(/^\./, '') || 'body';
}

/** `intake.starts-at` for alerts[3].startsAt: the field that is used, not where in it. */
function codeOf(path: readonly PropertyKey[]): string {
  const [top, , inner] = path;
  const name = top === 'alerts' ? (inner ?? top) : top;
  return typeof name === 'string' ? `intake.${name.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase()}` : 'intake.body';
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function refusalOf(issue: Issue): NightshiftError {
  const field = fieldPath(issue.path);
  const expected = issue.message;
  return invalid(codeOf(issue.path), `${field} is not what was expected: ${expected}.`, { field, expected });
}

/** A count before the schema looks at each of them. */
function checkCount(payload: unknown, maxAlerts: number): void {
  const alerts = typeof payload === 'object' && payload !== null ? (payload as { alerts?: unknown }).alerts : null;
  if (!Array.isArray(alerts) || alerts.length <= maxAlerts) return;
  throw invalid('intake.alerts', `The webhook carries ${alerts.length} alerts.`, {
    field: 'alerts',
    expected: `at most ${maxAlerts} alerts in one webhook: set max_alerts: ${maxAlerts} in Alertmanager's receiver`,
  });
}

function endOf(alert: AlertPayload, receivedAt: Millis): Millis | null {
  if (alert.status === 'firing') return null;
  if (alert.endsAt === undefined || isNever(alert.endsAt)) return receivedAt;
  return parseRfc3339(alert.endsAt) ?? receivedAt;
}

function toSignal(alert: AlertPayload, context: WebhookContext): Signal {
  return {
    id: context.ids.next('sig'),
    source: 'alertmanager',
    receivedAt: context.receivedAt,
    fingerprint: alert.fingerprint ?? fingerprintOf(alert.labels),
    status: alert.status,
    startsAt: parseRfc3339(alert.startsAt) ?? context.receivedAt,
    endsAt: endOf(alert, context.receivedAt),
    labels: alert.labels,
    annotations: alert.annotations ?? {},
    generatorURL: alert.generatorURL || null,
  };
}

/**
 * Alertmanager's webhook of version 4 → signals. Whoever reads the body bounds its bytes while reading. Throws `input`
 * `intake.<field>` with the path of the first field that is wrong (`alerts[3].labels.severity`) and what was expected;
 * then nothing of the webhook is taken.
 */
export function parseWebhook(bytes: Uint8Array, context: WebhookContext): Webhook {
  const payload = parseJson(bytes, MAX_DEPTH);
  checkCount(payload, context.maxAlerts);
  const parsed = webhookPayload.safeParse(payload);
  if (!parsed.success) throw refusalOf(parsed.error.issues[0] ?? { path: [], message: 'a webhook of version 4' });
  const { alerts, truncatedAlerts, groupKey } = parsed.data;
  return {
    signals: alerts.map((alert) => toSignal(alert, context)),
    truncated: (truncatedAlerts ?? 0) > 0,
    groupKey: groupKey ?? '',
  };
}
