import { type Millis, SYSTEM } from '../model/basic.ts';
import type { Notice } from '../model/notice.ts';
import type { Signal } from '../model/signal.ts';
import type { Deps } from './deps.ts';

export interface Beat {
  readonly at: Millis;
  /** The silence that was told last, so that one silence is told once. */
  readonly alarmedAt: Millis | null;
}
const KEY = 'heartbeat';
const STREAM = 'heartbeat';

export const isBeat = (deps: Pick<Deps, 'settings'>, signal: Signal): boolean =>
  signal.labels.alertname === deps.settings.heartbeat.alertname;

export const lastBeat = async (deps: Deps): Promise<Beat | null> => (await deps.ledger.record<Beat>(KEY)).value;

async function write(deps: Deps, beat: Beat, reason: string, notices: readonly { channel: string; notice: Notice }[]) {
  const { version } = await deps.ledger.record<Beat>(KEY);
  const head = await deps.ledger.head(STREAM);
  await deps.ledger.append({
    stream: STREAM,
    expectedVersion: head.version,
    at: deps.clock.now(),
    actor: SYSTEM,
    // Every beat moves the record; only the turns from heard to missed and back are worth an entry in the audit.
    events: reason === '' ? [] : [{ type: 'record.set', key: KEY, value: beat, reason }],
    records: [{ key: KEY, expectedVersion: version, value: beat }],
    outbox: notices.map(({ channel, notice }) => ({
      id: notice.id,
      stream: STREAM,
      channel,
      notice,
      dueAt: deps.clock.now(),
    })),
  });
}

/** The watchdog alert has passed intake, queue and triage: that is what it proves. */
export async function beat(deps: Deps, signal: Signal): Promise<void> {
  if (signal.status !== 'firing') return;
  const before = await lastBeat(deps);
  const back = before === null || before.alarmedAt !== null;
  await write(deps, { at: signal.receivedAt, alarmedAt: null }, back ? 'the watchdog is heard' : '', []);
}

/** Tells the heartbeat channels directly, once per silence. Nothing is expected before the first beat. */
export async function checkBeat(deps: Deps): Promise<'heard' | 'missed' | 'never'> {
  const last = await lastBeat(deps);
  if (last === null) return 'never';
  const now = deps.clock.now();
  if (now - last.at <= deps.settings.heartbeat.missedAfter) return 'heard';
  if (last.alarmedAt !== null) return 'missed';
  const notices = deps.settings.heartbeat.channels.map((channel) => ({
    channel,
    notice: silence(deps, last, channel, now),
  }));
  await write(deps, { at: last.at, alarmedAt: now }, 'the watchdog is not heard any more', notices);
  return 'missed';
}

function silence(deps: Deps, last: Beat, channel: string, now: Millis): Notice {
  return {
    id: `heartbeat/${last.at}/${channel}`,
    incidentId: 'heartbeat',
    purpose: 'trigger',
    at: now,
    severity: 'critical',
    state: 'open',
    team: null,
    headline: 'Prometheus or Alertmanager has fallen silent',
    lines: [
      `The watchdog alert ${deps.settings.heartbeat.alertname} was last heard at ${new Date(last.at).toISOString()}.`,
      'Until it is heard again, no alert can be expected to arrive.',
    ],
    labels: { alertname: deps.settings.heartbeat.alertname },
    evidence: [],
    reasons: [],
    approval: null,
    url: deps.settings.url,
  };
}
