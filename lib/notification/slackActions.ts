import type { Actor, Duration, Millis } from '../model/basic.ts';
import { invalid, refused } from '../model/errors.ts';
import { jsonObject } from './channel.ts';
import { oneLine } from './escape.ts';
import { equalInConstantTime, type HmacSha256Hex } from './signature.ts';

export interface SignedSlackRequest {
  /** `X-Slack-Request-Timestamp`, seconds, as sent; '' where it is missing. */
  readonly timestamp: string;
  /** The raw body, byte for byte as text. */
  readonly body: string;
  /** `X-Slack-Signature`, `v0=<hex>`; '' where it is missing. */
  readonly signature: string;
  readonly secret: string;
  readonly now: Millis;
}

const WINDOW: Duration = 5 * 60_000;

/**
 * https://docs.slack.dev/authentication/verifying-requests-from-slack. Throws `refused` `slack.signature` and says no
 * more than that to the sender. An empty secret verifies nothing. Within the window a replay still meets a spent nonce.
 */
export function verifySlackSignature(request: SignedSlackRequest, hmacSha256Hex: HmacSha256Hex): void {
  const { timestamp, body, signature, secret, now } = request;
  const dated = /^\d{1,12}$/.test(timestamp) && Math.abs(now - Number(timestamp) * 1000) <= WINDOW;
  const expected = `v0=${hmacSha256Hex(secret, `v0:${timestamp}:${body}`)}`;
  const equal = equalInConstantTime(signature, expected);
  if (secret !== '' && dated && equal) return;
  throw refused('slack.signature', 'the request is not signed by Slack, or was signed too long ago', {
    field: 'x-slack-signature',
    expected: 'v0=<hmac-sha256> of a request of the last 5 minutes',
  });
}

export type SlackAction =
  | {
      readonly kind: 'approve' | 'reject';
      readonly incidentId: string;
      readonly planId: string;
      readonly planHash: string;
      readonly nonce: string;
      readonly by: Actor;
    }
  | { readonly kind: 'acknowledge'; readonly incidentId: string; readonly by: Actor };

/** The form body of a block action. Throws `input` `slack.action` with the field; verify the signature before. */
export function parseSlackAction(body: string): SlackAction {
  const payload = jsonObject(formField(body, 'payload'));
  if (payload === null) throw wrong('payload', 'a JSON object in the form field payload');
  if (payload.type !== 'block_actions') throw wrong('payload.type', 'block_actions');
  const action = record(Array.isArray(payload.actions) ? payload.actions[0] : null, 'payload.actions[0]');
  const kind = kindOf(action.action_id);
  const value = jsonObject(text(action, 'value', 'payload.actions[0].', 2000));
  if (value === null) throw wrong('payload.actions[0].value', 'the JSON object that the button carries');
  const by = actorOf(record(payload.user, 'payload.user'));
  const field = (name: string) => text(value, name, 'payload.actions[0].value.', 300);
  const incidentId = field('incidentId');
  if (kind === 'acknowledge') return { kind, incidentId, by };
  return { kind, incidentId, planId: field('planId'), planHash: field('planHash'), nonce: field('nonce'), by };
}

const wrong = (field: string, expected: string) =>
  invalid('slack.action', `${field} must be ${expected}`, { field, expected });

function kindOf(id: unknown): SlackAction['kind'] {
  if (id === 'nightshift.approve') return 'approve';
  if (id === 'nightshift.reject') return 'reject';
  if (id === 'nightshift.acknowledge') return 'acknowledge';
  throw wrong('payload.actions[0].action_id', 'nightshift.approve, nightshift.reject or nightshift.acknowledge');
}

/** The id is Slack's and cannot be chosen; the name beside it is for people. */
function actorOf(user: Readonly<Record<string, unknown>>): Actor {
  const id = text(user, 'id', 'payload.user.', 64);
  if (!/^[A-Z0-9]+$/.test(id)) throw wrong('payload.user.id', 'a Slack user id');
  const name = typeof user.username === 'string' ? user.username : user.name;
  const shown = typeof name === 'string' ? oneLine(name, 80) : '';
  return { name: shown === '' ? id : `${shown} (${id})`, via: 'slack' };
}

function record(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(field, 'an object');
  return { ...value };
}

function text(holder: Readonly<Record<string, unknown>>, name: string, path: string, cap: number): string {
  const value = Object.hasOwn(holder, name) ? holder[name] : undefined;
  if (typeof value === 'string' && value.length > 0 && value.length <= cap) return value;
  throw wrong(`${path}${name}`, `a text of 1 to ${cap} characters`);
}

function formField(body: string, name: string): string {
  const pair = body.split('&').find((one) => one.startsWith(`${name}=`));
  if (pair === undefined) throw wrong(name, 'a form field');
  try {
    return decodeURIComponent(pair.slice(name.length + 1).replaceAll('+', ' '));
  } catch (cause) {
    throw invalid('slack.action', `${name} is not URL-encoded UTF-8`, { field: name, expected: 'URL-encoding', cause });
  }
}
