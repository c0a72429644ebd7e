import type { Duration, JsonValue } from '../model/basic.ts';
import type { Notice } from '../model/notice.ts';
import type { ChannelSettings } from '../model/settings.ts';
import type { HttpRequest, HttpResponse, MailMessage } from '../ports/edges.ts';
import { oneLine } from './escape.ts';
import { parseHttpDate } from './httpDate.ts';

/**
 * What became of one attempt. `ref` is the channel's thread (Slack ts, PagerDuty dedup key, Message-ID). `retry`: trying
 * again can help, not before `after` milliseconds where the channel named a time. `refused`: it cannot; tell another channel.
 */
export type Delivery =
  | { readonly outcome: 'delivered'; readonly ref: string | null }
  | { readonly outcome: 'retry'; readonly after: Duration | null; readonly detail: string }
  | { readonly outcome: 'refused'; readonly detail: string };

/** A channel is a pure pair: a notice becomes a request, and the answer becomes a delivery. */
export interface Channel<S extends ChannelSettings, Request extends HttpRequest | MailMessage, Answer> {
  /** `thread` is the `ref` of this incident's first delivery here, null where this is the first. */
  request(notice: Notice, settings: S, thread: string | null): Request;
  interpret(answer: Answer): Delivery;
}
export type SettingsOf<K extends ChannelSettings['kind']> = Extract<ChannelSettings, { readonly kind: K }>;
export type HttpChannel<K extends ChannelSettings['kind']> = Channel<SettingsOf<K>, HttpRequest, HttpResponse>;

/** Longer than a slow chat API, shorter than a person's patience with a page, milliseconds. */
export const DELIVERY_TIMEOUT: Duration = 10_000;

export function postJson(url: string, body: JsonValue, headers: Readonly<Record<string, string>> = {}): HttpRequest {
  return {
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(body),
    timeout: DELIVERY_TIMEOUT,
  };
}

/** `base` may be the API's root or already the whole endpoint. */
export function endpoint(base: string, path: string): string {
  const trimmed = base.replace(/\/+$/, '');
  return trimmed.endsWith(path) ? trimmed : `${trimmed}${path}`;
}

/** What every HTTP API means by a status outside 2xx; null for 2xx. 3xx is refused: ports follow no redirects. */
export function interpretStatus(response: HttpResponse): Delivery | null {
  if (response.status >= 200 && response.status < 300) return null;
  const detail = oneLine(`HTTP ${response.status} ${response.body}`, 200);
  const passing = response.status >= 500 || [408, 425, 429].includes(response.status);
  return passing ? { outcome: 'retry', after: retryAfter(response.headers), detail } : { outcome: 'refused', detail };
}

/**
 * Retry-After in seconds or as an HTTP date (RFC 9110), as milliseconds from now; a date is measured against the answer's
 * own Date header, so no clock of ours is needed. Null where absent or unreadable.
 */
export function retryAfter(headers: Readonly<Record<string, string>>): Duration | null {
  const text = headers['retry-after']?.trim() ?? '';
  if (/^\d{1,9}(\.\d{1,3})?$/.test(text)) return Math.ceil(Number(text) * 1000);
  const until = parseHttpDate(text);
  const sent = parseHttpDate(headers.date ?? '');
  return until === null || sent === null ? null : Math.max(0, until - sent);
}

/** The body as a JSON object, null where it is anything else. */
export function jsonObject(body: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    // Not JSON is an answer here, and each caller says what it means.
    return null;
  }
}
