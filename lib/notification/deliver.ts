import type { Duration, Millis } from '../model/basic.ts';
import { describe, isNightshiftError } from '../model/errors.ts';
import type { ChannelSettings } from '../model/settings.ts';
import type { HttpPort, HttpRequest, HttpResponse, MailPort } from '../ports/edges.ts';
import type { OutboxItem } from '../ports/ledger.ts';
import type { Delivery } from './channel.ts';
import { email } from './email.ts';
import { oneLine } from './escape.ts';
import { pagerduty } from './pagerduty.ts';
import { slack } from './slack.ts';
import { webhook } from './webhook.ts';

export interface DeliveryPorts {
  readonly http: HttpPort;
  /** Null where no SMTP server is configured. */
  readonly mail: MailPort | null;
}

const FIRST: Duration = 5_000;
const LONGEST: Duration = 15 * 60_000;
const JITTER = 0.25;
const MAX_ATTEMPTS = 20;
const MAX_AGE: Duration = 24 * 3_600_000;
/** A page that could not be handed over for this many attempts (about half a minute) is told elsewhere as well. */
const FALLBACK_AFTER = 3;

/**
 * One attempt on one channel. A port's NightshiftError becomes `retry` or `refused`; any other error is a fault of ours and
 * is thrown. The `ref` of a delivery is the thread it went to, so one incident stays one thread.
 */
export async function deliver(
  item: Pick<OutboxItem, 'notice'>,
  settings: ChannelSettings,
  thread: string | null,
  ports: DeliveryPorts,
): Promise<Delivery> {
  const delivery = await attempt(item, settings, thread, ports);
  return delivery.outcome === 'delivered' ? { ...delivery, ref: thread ?? delivery.ref } : delivery;
}

function attempt(
  { notice }: Pick<OutboxItem, 'notice'>,
  settings: ChannelSettings,
  thread: string | null,
  ports: DeliveryPorts,
): Promise<Delivery> {
  switch (settings.kind) {
    case 'slack':
      return overHttp(ports.http, slack.request(notice, settings, thread), slack.interpret);
    case 'pagerduty':
      return overHttp(ports.http, pagerduty.request(notice, settings, thread), pagerduty.interpret);
    case 'webhook':
      return overHttp(ports.http, webhook.request(notice, settings, thread), webhook.interpret);
    case 'email':
      return overMail(ports.mail, () => email.request(notice, settings, thread));
  }
}

async function overHttp(
  http: HttpPort,
  request: HttpRequest,
  interpret: (response: HttpResponse) => Delivery,
): Promise<Delivery> {
  try {
    return interpret(await http.request(request));
  } catch (error) {
    return unreached(error);
  }
}

async function overMail(mail: MailPort | null, compose: () => ReturnType<typeof email.request>): Promise<Delivery> {
  if (mail === null) return { outcome: 'refused', detail: 'no SMTP server is configured (smtp)' };
  const message = compose();
  try {
    await mail.send(message);
    return email.interpret({ messageId: message.messageId, error: null });
  } catch (error) {
    if (!isNightshiftError(error)) throw error;
    return email.interpret({ messageId: message.messageId, error });
  }
}

function unreached(error: unknown): Delivery {
  if (!isNightshiftError(error)) throw error;
  const detail = oneLine(describe(error), 200);
  return error.retryable ? { outcome: 'retry', after: null, detail } : { outcome: 'refused', detail };
}

/**
 * When to try again, or null to give up: after 20 attempts or 24 h from `queuedAt`. `attempts` counts those that failed,
 * this one included. 5 s doubling to 15 min, jitter included; never earlier than `after`, the channel's own Retry-After.
 * `random` is in [0, 1).
 */
export function retryAt(
  attempts: number,
  after: Duration | null,
  now: Millis,
  random: number,
  queuedAt: Millis = now,
): Millis | null {
  if (attempts >= MAX_ATTEMPTS) return null;
  const doubled = FIRST * 2 ** Math.max(0, attempts - 1);
  const spread = Math.min(LONGEST / (1 + JITTER), doubled) * (1 + JITTER * random);
  const at = now + Math.max(Math.round(spread), after ?? 0);
  return at - queuedAt > MAX_AGE ? null : at;
}

/** Whether the fallback channels are to be told now; asking again is harmless, because outbox ids are deterministic. */
export function needsFallback(delivery: Delivery, attempts: number): boolean {
  if (delivery.outcome === 'delivered') return false;
  return delivery.outcome === 'refused' || attempts >= FALLBACK_AFTER;
}
