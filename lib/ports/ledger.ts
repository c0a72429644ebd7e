import type { Head } from '../model/audit.ts';
import type { Actor, Millis } from '../model/basic.ts';
import type { IncidentState, IncidentSummary, LedgerEvent, StoredEvent } from '../model/incident.ts';
import type { Notice } from '../model/notice.ts';

/**
 * A claim is a lease (limit 1), a slot (limit n), a unit of budget (limit n, never released, until = end of the UTC
 * window) or a cooldown (limit 1, until = now + cooldown). One mechanism: `key` has at most `limit` holders whose `until`
 * is later than the transaction's `at`. Taking a claim that this holder has already is idempotent and moves its `until`.
 */
export interface TakeClaim {
  readonly key: string;
  readonly holder: string;
  readonly limit: number;
  readonly until: Millis;
}
export interface ReleaseClaim {
  readonly key: string;
  readonly holder: string;
}
export interface HeldClaim {
  readonly key: string;
  readonly holder: string;
  readonly until: Millis;
}

/** A small versioned document beside the streams: stop, windows, demotions, nonces, bundle pointer, heartbeat. */
export interface LedgerRecord<T = unknown> {
  readonly key: string;
  /** 0 where it was never written. */
  readonly version: number;
  readonly value: T | null;
}

/** Re-asserted inside the transaction: what a guard read must still be so at the moment of writing. */
export type Condition =
  | { readonly type: 'record-version'; readonly key: string; readonly version: number }
  | { readonly type: 'claim-held'; readonly key: string; readonly holder: string };

export interface OutboxItem {
  /** Deterministic; queueing the same id twice queues it once, until `prune` forgets it. */
  readonly id: string;
  readonly stream: string;
  readonly channel: string;
  readonly notice: Notice;
  readonly attempts: number;
  readonly dueAt: Millis;
}

export interface Transaction {
  readonly stream: string;
  /** Number of events the stream has; 0 creates it. Otherwise `conflict` `ledger.version`. */
  readonly expectedVersion: number;
  readonly at: Millis;
  readonly actor: Actor;
  readonly events: readonly LedgerEvent[];
  readonly take?: readonly TakeClaim[];
  readonly release?: readonly ReleaseClaim[];
  readonly conditions?: readonly Condition[];
  readonly records?: readonly { readonly key: string; readonly expectedVersion: number; readonly value: unknown }[];
  readonly outbox?: readonly Omit<OutboxItem, 'attempts'>[];
  /** Settles outbox items in the same transaction as the event that tells of it. */
  readonly settled?: readonly string[];
  /** When the stream wants to be looked at next; null = never; undefined = unchanged. */
  readonly wakeAt?: Millis | null;
  /** The unique open-incident pointer of a correlation key. Taking one that another stream holds: `conflict` `ledger.pointer`. */
  readonly pointer?: { readonly key: string; readonly to: string | null };
  /** The projection for lists. */
  readonly summary?: IncidentSummary;
}

export interface IncidentFilter {
  readonly state?: readonly IncidentState[];
  readonly host?: string;
  readonly service?: string;
  readonly cluster?: string;
  readonly severity?: string;
  readonly alertname?: string;
  readonly limit: number;
  /** Opaque, from the page before. */
  readonly cursor?: string;
}

/**
 * The one transactional store. `append` is atomic and durable before it resolves: all of it or nothing. Reads by key
 * (`read`, `record`, `claims`, `pointer`) see every append that resolved before they were called; `list` may lag.
 *
 * Errors: `conflict` `ledger.version` / `ledger.pointer` / `ledger.condition` / `ledger.record` (read again, decide
 * again); `refused` `ledger.claim` with `field` = the claim's key (somebody else holds it); `busy` `ledger.full` (no
 * space, nothing written); `failed` `ledger.unavailable`.
 */
export interface Ledger {
  /** Events of a stream in order, [] where there is none. */
  read(stream: string): Promise<readonly StoredEvent[]>;
  /** The last entry of a stream; version 0 and hash '' where there is none. Costs the same however long the stream is. */
  head(stream: string): Promise<Head>;
  append(transaction: Transaction): Promise<{ readonly version: number; readonly hash: string }>;
  pointer(key: string): Promise<string | null>;
  record<T = unknown>(key: string): Promise<LedgerRecord<T>>;
  /** Records whose key begins with the prefix, in key order. */
  records<T = unknown>(prefix: string): Promise<readonly LedgerRecord<T>[]>;
  /** Holders whose `until` is later than `now`, for each key that was asked. */
  claims(keys: readonly string[], now: Millis): Promise<readonly HeldClaim[]>;
  list(filter: IncidentFilter): Promise<{ readonly items: readonly IncidentSummary[]; readonly next: string | null }>;
  /** Streams whose wakeAt ≤ now, earliest first. */
  due(now: Millis, limit: number): Promise<readonly { readonly stream: string; readonly wakeAt: Millis }[]>;
  /** Earliest wakeAt or outbox dueAt, for a timer; null where nothing waits. */
  nextDue(): Promise<Millis | null>;
  outboxDue(now: Millis, limit: number): Promise<readonly OutboxItem[]>;
  /** A failed delivery: tried again at `dueAt`. No event is written. */
  outboxRetry(id: string, dueAt: Millis): Promise<void>;
  /** Head of every stream, in stream order, for the Merkle root. */
  heads(): Promise<readonly Head[]>;
  /**
   * Forgets what nothing will ask for again: outbox items settled whose `dueAt`, and claims whose `until`, is earlier than
   * `before`. No event is ever forgotten. Returns how many of each.
   */
  prune(before: Millis): Promise<{ readonly outbox: number; readonly claims: number }>;
  /** Recomputes every hash; the first break per stream, [] where all is whole. */
  verify(): Promise<readonly { readonly stream: string; readonly version: number; readonly problem: string }[]>;
  close(): Promise<void>;
}
