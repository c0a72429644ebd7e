/** Raised with every change of the tables; a folder written by a newer Nightshift is refused. */
export const SCHEMA_VERSION = 1;

/**
 * Rows are appended at the end of their B-trees wherever traffic is high: row ids are counters, and ids and streams begin
 * with time. Partial indexes hold only what waits, so that they stay small however much history there is.
 */
export const SCHEMA = `
CREATE TABLE events (
  stream TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL, hash TEXT NOT NULL,
  UNIQUE (stream, version));
CREATE TABLE streams (
  stream TEXT PRIMARY KEY, version INTEGER NOT NULL, hash TEXT NOT NULL, wake_at INTEGER) WITHOUT ROWID;
CREATE INDEX streams_wake ON streams (wake_at, stream) WHERE wake_at IS NOT NULL;
CREATE TABLE pointers (key TEXT PRIMARY KEY, stream TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE claims (
  key TEXT NOT NULL, holder TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (key, holder)) WITHOUT ROWID;
CREATE INDEX claims_until ON claims (until);
CREATE TABLE records (key TEXT PRIMARY KEY, version INTEGER NOT NULL, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE outbox (
  id TEXT PRIMARY KEY, stream TEXT NOT NULL, channel TEXT NOT NULL, notice TEXT NOT NULL,
  attempts INTEGER NOT NULL, due_at INTEGER NOT NULL, settled INTEGER NOT NULL);
CREATE INDEX outbox_due ON outbox (due_at, id) WHERE settled = 0;
CREATE TABLE summaries (
  id TEXT PRIMARY KEY, opened_at INTEGER NOT NULL, state TEXT NOT NULL, severity TEXT NOT NULL, cluster TEXT NOT NULL,
  host TEXT, service TEXT, body TEXT NOT NULL);
CREATE INDEX summaries_time ON summaries (opened_at, id);
CREATE INDEX summaries_state ON summaries (state, opened_at, id);
CREATE INDEX summaries_host ON summaries (host, opened_at, id);
CREATE INDEX summaries_alertname ON summaries (json_extract(body, '$.alertname'), opened_at, id);

-- state: 3 arrived and not yet in its group's row, 0 waiting, 1 acknowledged (kept for a day, so that its id is known), 2 dead.
-- Groups come in no order: an index of them is written when a message is handed on, and not while its sender waits.
-- head: 1 for the first waiting message of its group, the only one of the group that may be handed out.
CREATE TABLE messages (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, grp TEXT NOT NULL, body TEXT NOT NULL,
  state INTEGER NOT NULL DEFAULT 0, head INTEGER NOT NULL, in_work INTEGER NOT NULL DEFAULT 0,
  attempt INTEGER NOT NULL DEFAULT 0, visible_at INTEGER NOT NULL DEFAULT 0, put_at INTEGER NOT NULL,
  reason TEXT NOT NULL DEFAULT '');
CREATE INDEX messages_group ON messages (grp, seq) WHERE state = 0;
CREATE INDEX messages_head ON messages (seq) WHERE head = 1;
CREATE INDEX messages_arrived ON messages (seq) WHERE state = 3;
CREATE INDEX messages_done ON messages (visible_at) WHERE state = 1;
CREATE INDEX messages_dead ON messages (seq) WHERE state = 2;
CREATE TABLE queue_count (waiting INTEGER NOT NULL);
INSERT INTO queue_count VALUES (0);
`;
