import type { Duration, Millis } from '../model/basic.ts';
import type { Bundle } from '../model/catalogue.ts';
import type { Host } from '../model/host.ts';

/** Time, ids and randomness are passed in: the pure rooms have none of their own. */
export interface Clock {
  now(): Millis;
}
export interface Ids {
  /** Unique, and sorting by time: `<prefix>_<time><random>`, of [a-z0-9_]. */
  next(prefix: string): string;
  /** At least 128 unguessable bits, URL-safe. */
  secret(): string;
}

/** Large and immutable things. A put replaces; get of a missing key is null. `failed` `blobs.unavailable`. */
export interface Blobs {
  put(key: string, bytes: Uint8Array, contentType: string): Promise<void>;
  get(key: string): Promise<Uint8Array | null>;
  list(prefix: string, limit: number): Promise<readonly string[]>;
  /** What is not there is no error. */
  remove(key: string): Promise<void>;
}

/** `failed` `inventory.unavailable` when it cannot be read: never an empty list then. */
export interface Inventory {
  hosts(): Promise<readonly Host[]>;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly timeout: Duration;
}
export interface HttpResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
/** Any answer resolves, whatever its status; no answer throws `failed` `http.unreachable`. Follows no redirects. */
export interface HttpPort {
  request(request: HttpRequest): Promise<HttpResponse>;
}

export interface MailMessage {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly messageId: string;
  readonly inReplyTo: string | null;
}
/** `refused` `mail.refused` on a permanent (5xx) answer, `failed` `mail.unavailable` otherwise. */
export interface MailPort {
  send(message: MailMessage): Promise<void>;
}

/** `absent` is null; a store that cannot be read throws `failed` `secrets.unavailable`. */
export interface Secrets {
  get(name: string): Promise<string | null>;
}

/** A hint that something is due at a time; losing every one of them costs speed, never correctness. */
export interface Timers {
  wakeAt(at: Millis): void;
}

export interface CataloguePort {
  active(): Promise<Bundle>;
}

/** Structured log lines of the loop; never a secret, never unbounded. */
export interface Log {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}
