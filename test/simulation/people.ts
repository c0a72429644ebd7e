import type { Millis } from '../../lib/model/basic.ts';
import { failed } from '../../lib/model/errors.ts';
import type { HttpPort, HttpRequest, HttpResponse } from '../../lib/ports/edges.ts';

/** One message that reached a person. */
export interface Told {
  readonly channel: string;
  /** Of a notice; of the pager its own word for it: trigger, acknowledge or resolve. */
  readonly purpose: string;
  readonly incident: string;
  readonly at: Millis;
  readonly text: string;
}

/** What of each channel's body is looked at. */
interface Sent {
  readonly metadata?: { readonly event_payload: { readonly id: string; readonly incident: string } };
  readonly event_action?: string;
  readonly dedup_key?: string;
  readonly purpose?: string;
  readonly incident?: { readonly id: string };
}

/** Those behind the channels `chat` (Slack), `pager` (PagerDuty) and `boss` (a webhook), each at `http://<channel>.test`. */
export class People {
  readonly port: HttpPort;
  readonly told: Told[] = [];
  /** Channels that cannot be reached, and those that answer with an error of the caller's. */
  readonly silent = new Set<string>();
  readonly refusing = new Set<string>();

  constructor(now: () => Millis) {
    this.port = { request: async (request) => this.answer(request, now()) };
  }

  private answer({ url, body }: HttpRequest, at: Millis): HttpResponse {
    const channel = new URL(url).hostname.replace('.test', '');
    if (this.silent.has(channel)) throw failed('http.unreachable', `${channel} does not answer`);
    if (this.refusing.has(channel)) return { status: 403, headers: {}, body: 'no' };
    const sent: Sent = JSON.parse(body ?? '{}');
    const reading = this.readings[channel]?.(sent) ?? { purpose: '', incident: '' };
    this.told.push({ channel, at, text: body ?? '', ...reading });
    const ref =
      channel === 'chat'
        ? { ok: true, ts: `${this.told.filter((one) => one.channel === 'chat').length}.0` }
        : { dedup_key: sent.dedup_key };
    return { status: 200, headers: {}, body: JSON.stringify(ref) };
  }

  private readonly readings: Readonly<Record<string, (sent: Sent) => Pick<Told, 'purpose' | 'incident'>>> = {
    chat: ({ metadata }) => ({
      purpose: metadata?.event_payload.id.split('/')[2] ?? '',
      incident: metadata?.event_payload.incident ?? '',
    }),
    pager: ({ event_action, dedup_key }) => ({ purpose: event_action ?? '', incident: dedup_key ?? '' }),
    boss: ({ purpose, incident }) => ({ purpose: purpose ?? '', incident: incident?.id ?? '' }),
  };
}
