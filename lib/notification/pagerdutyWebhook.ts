import { parseRfc3339 } from '../language/time.ts';
import type { Actor, Millis } from '../model/basic.ts';
import { invalid, refused } from '../model/errors.ts';
import { jsonObject } from './channel.ts';
import { oneLine } from './escape.ts';
import { equalInConstantTime, type HmacSha256Hex } from './signature.ts';

export interface SignedPagerdutyRequest {
  readonly body: string;
  /** `X-PagerDuty-Signature`: `v1=<hex>`, several separated by commas while a secret is rotated; '' where missing. */
  readonly signature: string;
  readonly secret: string;
}

/** https://developer.pagerduty.com/docs/verifying-webhook-signatures. Throws `refused` `pagerduty.signature`. */
export function verifyPagerdutySignature(request: SignedPagerdutyRequest, hmacSha256Hex: HmacSha256Hex): void {
  const expected = `v1=${hmacSha256Hex(request.secret, request.body)}`;
  const given = request.signature.split(',').slice(0, 10);
  // All are compared: which one held is nobody's business.
  const held = given.filter((signature) => equalInConstantTime(signature.trim(), expected)).length > 0;
  if (request.secret !== '' && held) return;
  throw refused('pagerduty.signature', 'the request is not signed by PagerDuty', {
    field: 'x-pagerduty-signature',
    expected: 'v1=<hmac-sha256 of the body>',
  });
}

/**
 * `other` is answered 2xx and changes nothing: a kind of event that means nothing here, or one that no person caused (our
 * own acknowledgements come back). The signature has no time, so compare `occurredAt` with the incident before acting:
 * a replayed acknowledgement is older than the incident's last reopening.
 */
export type PagerdutyCall =
  | {
      readonly action: 'acknowledged' | 'resolved' | 'reopened';
      readonly incidentId: string;
      readonly by: Actor;
      readonly eventId: string;
      readonly occurredAt: Millis;
    }
  | { readonly action: 'other'; readonly eventType: string };

const ACTIONS = new Map<string, 'acknowledged' | 'resolved' | 'reopened'>([
  ['incident.acknowledged', 'acknowledged'],
  ['incident.resolved', 'resolved'],
  ['incident.reopened', 'reopened'],
]);

/** Webhook v3. Throws `input` `pagerduty.event` with the field; verify the signature before. */
export function parsePagerdutyWebhook(body: string): PagerdutyCall {
  const event = object(jsonObject(body)?.event, 'event');
  const eventType = text(event, 'event_type', 'event.');
  const action = ACTIONS.get(eventType);
  const by = personOf(event.agent);
  if (action === undefined || by === null) return { action: 'other', eventType: oneLine(eventType, 100) };
  const incidentId = text(object(event.data, 'event.data'), 'incident_key', 'event.data.');
  return { action, incidentId, by, eventId: text(event, 'id', 'event.'), occurredAt: occurredAt(event) };
}

function personOf(agent: unknown): Actor | null {
  if (typeof agent !== 'object' || agent === null || !('type' in agent) || agent.type !== 'user_reference') return null;
  const { id, summary } = { id: null, summary: null, ...agent } as { readonly id: unknown; readonly summary: unknown };
  if (typeof id !== 'string' || !/^[A-Z0-9]{1,64}$/.test(id)) return null;
  const name = typeof summary === 'string' ? oneLine(summary, 80) : '';
  return { name: name === '' ? id : `${name} (${id})`, via: 'pagerduty' };
}

function occurredAt(event: Readonly<Record<string, unknown>>): Millis {
  const time = parseRfc3339(text(event, 'occurred_at', 'event.'));
  if (time === null) throw wrong('event.occurred_at', 'an ISO 8601 time with its offset');
  return time;
}

const wrong = (field: string, expected: string) =>
  invalid('pagerduty.event', `${field} must be ${expected}`, { field, expected });

function object(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(field, 'an object');
  return { ...value };
}

function text(holder: Readonly<Record<string, unknown>>, name: string, path: string): string {
  const value = Object.hasOwn(holder, name) ? holder[name] : undefined;
  if (typeof value === 'string' && value.length > 0 && value.length <= 300) return value;
  throw wrong(`${path}${name}`, 'a text of 1 to 300 characters');
}
