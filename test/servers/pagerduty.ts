import { createHmac } from 'node:crypto';
import { type Answer, type Recorder, record } from './recorder.ts';
import type { SignedBody } from './slack.ts';

export interface PagerdutyEvent {
  readonly routing_key: string;
  readonly event_action: 'trigger' | 'acknowledge' | 'resolve';
  readonly dedup_key: string;
  readonly payload?: {
    readonly summary: string;
    readonly source: string;
    readonly severity: string;
    readonly custom_details: Readonly<Record<string, unknown>>;
  };
  readonly links?: readonly { readonly href: string; readonly text: string }[];
}
export interface PagerdutyServer extends Recorder {
  readonly events: readonly PagerdutyEvent[];
  /** Dedup key → what PagerDuty shows. Acknowledging or resolving an unknown key changes nothing, as there. */
  readonly incidents: ReadonlyMap<string, 'triggered' | 'acknowledged' | 'resolved'>;
  /** The signed v3 webhook that a person's click there causes. */
  webhook(dedupKey: string, type: string, occurredAt: Date, agent?: Readonly<Record<string, string>>): SignedBody;
}

export interface PagerdutyOptions {
  readonly routingKey?: string;
  readonly webhookSecret?: string;
}

/** Events API v2: 202 with the dedup key, 400 with `errors` for what it would refuse. */
export async function startPagerduty(options: PagerdutyOptions = {}): Promise<PagerdutyServer> {
  const routingKey = options.routingKey ?? 'R0TEST0000000000000000000000TEST';
  const secret = options.webhookSecret ?? 'pagerduty-webhook-secret';
  const events: PagerdutyEvent[] = [];
  const incidents = new Map<string, 'triggered' | 'acknowledged' | 'resolved'>();
  const server = await record((request): Answer => {
    if (request.method !== 'POST' || request.path !== '/v2/enqueue') return { status: 404, body: '' };
    const event = JSON.parse(request.body) as PagerdutyEvent;
    const errors = problemsOf(event, routingKey);
    if (errors.length > 0)
      return { status: 400, body: { status: 'invalid event', message: 'Event object is invalid', errors } };
    events.push(event);
    apply(incidents, event);
    return { status: 202, body: { status: 'success', message: 'Event processed', dedup_key: event.dedup_key } };
  });
  return { ...server, events, incidents, webhook: (...call) => signed(secret, ...call) };
}

function problemsOf(event: PagerdutyEvent, routingKey: string): readonly string[] {
  const problems: string[] = [];
  if (event.routing_key !== routingKey) problems.push("'routing_key' is unknown");
  if (!['trigger', 'acknowledge', 'resolve'].includes(event.event_action)) problems.push("'event_action' is invalid");
  if (!event.dedup_key || event.dedup_key.length > 255) problems.push("'dedup_key' is missing or too long");
  if (event.event_action !== 'trigger') return problems;
  const { summary = '', source = '', severity = '' } = event.payload ?? {};
  if (summary === '' || summary.length > 1024) problems.push("'payload.summary' is missing or too long");
  if (source === '') problems.push("'payload.source' is missing or blank");
  if (!['critical', 'error', 'warning', 'info'].includes(severity)) problems.push("'payload.severity' is invalid");
  return problems;
}

function apply(incidents: Map<string, 'triggered' | 'acknowledged' | 'resolved'>, event: PagerdutyEvent): void {
  const known = incidents.get(event.dedup_key);
  if (event.event_action === 'trigger' && known !== 'acknowledged') incidents.set(event.dedup_key, 'triggered');
  if (known === undefined || known === 'resolved') return;
  if (event.event_action === 'acknowledge') incidents.set(event.dedup_key, 'acknowledged');
  if (event.event_action === 'resolve') incidents.set(event.dedup_key, 'resolved');
}

const PERSON = { id: 'PONCALL', type: 'user_reference', summary: 'On Call' };

function signed(
  secret: string,
  dedupKey: string,
  type: string,
  occurredAt: Date,
  agent: Readonly<Record<string, string>> = PERSON,
): SignedBody {
  const body = JSON.stringify({
    event: {
      id: `01${occurredAt.getTime()}`,
      event_type: type,
      resource_type: 'incident',
      occurred_at: occurredAt.toISOString(),
      agent,
      client: null,
      data: { id: 'PINC', type: 'incident', incident_key: dedupKey, status: type.split('.').at(-1) },
    },
  });
  const digest = createHmac('sha256', secret).update(body).digest('hex');
  const headers = { 'content-type': 'application/json', 'x-pagerduty-signature': `v1=${'0'.repeat(64)},v1=${digest}` };
  return { body, headers };
}
