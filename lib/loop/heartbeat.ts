import { type Millis, SYSTEM } from '../model/basic.ts';
import type { Notice } from '../model/notice.ts';
import type { Signal } from '../model/signal.ts';
import type { Desk } from './deps.ts';

export interface Beat {
  readonly at: Millis;
  /** The silence that was told last, so that one silence is told once. */
  readonly alarmedAt: Millis | null;
}
const KEY = 'heartbeat';
const STREAM = 'heartbeat';

export const isBeat = (deps: Pick<Desk, 'settings'>, signal: Signal): boolean =>
  signal.labels.alertname === deps.settings.heartbeat.alertname;

export const lastBeat = async (deps: Desk): Promise<Beat | null> => (await deps.ledger.record<Beat>(KEY)).value;

async function write(deps: Desk, beat: Beat, reason: string, notices: readonly { channel: string; notice: Notice }[]) {
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
export async function beat(deps: Desk, signal: Signal): Promise<void> {
  if (signal.status !== 'firing') return;
  const before = await lastBeat(deps);
  const alarmed = before !== null && before.alarmedAt !== null;
  const notices = alarmed ? told(deps, (channel) => heardAgain(deps, before, channel)) : [];
  const reason = before === null || alarmed ? 'the watchdog is heard' : '';
  await write(deps, { at: signal.receivedAt, alarmedAt: null }, reason, notices);
}

const told = (deps: Desk, say: (channel: string) => Notice) =>
  deps.settings.heartbeat.channels.map((channel) => ({ channel, notice: say(channel) }));

/** Tells the heartbeat channels directly, once per silence. Nothing is expected before the first beat. */
export async function checkBeat(deps: Desk): Promise<'heard' | 'missed' | 'never'> {
  const last = await lastBeat(deps);
  if (last === null) return 'never';
  const now = deps.clock.now();
  if (now - last.at <= deps.settings.heartbeat.missedAfter) return 'heard';
  if (last.alarmedAt !== null) return 'missed';
  const notices = told(deps, (channel) => silence(deps, last, channel));
  await write(deps, { at: last.at, alarmedAt: now }, 'the watchdog is not heard any more', notices);
  return 'missed';
}

type Said = Pick<Notice, 'id' | 'purpose' | 'severity' | 'state' | 'headline' | 'lines'>;

const notice = (deps: Desk, said: Said): Notice => ({
  ...said,
  incidentId: 'heartbeat',
  at: deps.clock.now(),
  team: null,
  labels: { alertname: deps.settings.heartbeat.alertname },
  evidence: [],
  reasons: [],
  approval: null,
  url: deps.settings.url,
});

const silence = (deps: Desk, last: Beat, channel: string): Notice =>
  notice(deps, {
    id: `heartbeat/${last.at}/${channel}`,
    purpose: 'trigger',
    severity: 'critical',
    state: 'open',
    headline: 'Prometheus or Alertmanager has fallen silent',
    lines: [
      `The watchdog alert ${deps.settings.heartbeat.alertname} was last heard at ${new Date(last.at).toISOString()}.`,
      'Until it is heard again, no alert can be expected to arrive.',
    ],
  });

/** Whoever was told of the silence is told of its end. */
const heardAgain = (deps: Desk, silent: Beat, channel: string): Notice =>
  notice(deps, {
    id: `heartbeat/${silent.at}/${channel}/back`,
    purpose: 'resolve',
    severity: 'info',
    state: 'closed',
    headline: 'Prometheus and Alertmanager are heard again',
    lines: [
      `The watchdog alert ${deps.settings.heartbeat.alertname} had been silent since ${new Date(silent.at).toISOString()}.`,
      'What fires now without an incident is found by the next reconciliation.',
    ],
  });
