import type { IncidentState } from '../model/incident.ts';
import type { Desk } from './deps.ts';
import { lastBeat } from './heartbeat.ts';

const STATES: readonly IncidentState[] = ['open', 'acknowledged', 'escalated', 'resolved'];
const PAGE = 500;

async function count(deps: Desk, state: IncidentState): Promise<number> {
  let total = 0;
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Desk['ledger']['list']>> = await deps.ledger.list({
      state: [state],
      limit: PAGE,
      ...(cursor !== null && { cursor }),
    });
    total += page.items.length;
    cursor = page.next;
  } while (cursor !== null);
  return total;
}

const metric = (name: string, help: string, lines: readonly string[]) => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} gauge`,
  ...lines,
];

/** Nightshift's own state as Prometheus text, read from the ledger and the queue so that a restart changes nothing. */
export async function exposition(deps: Desk): Promise<string> {
  const now = deps.clock.now();
  const { waiting, dead, oldest } = await deps.queue.depth();
  const beat = await lastBeat(deps);
  const states = await Promise.all(
    STATES.map(async (state) => `nightshift_incidents{state="${state}"} ${await count(deps, state)}`),
  );
  const lines = [
    ...metric('nightshift_incidents', 'Incidents that are not closed, by state.', states),
    ...metric('nightshift_queue_waiting', 'Signals accepted and not yet triaged.', [
      `nightshift_queue_waiting ${waiting}`,
    ]),
    ...metric('nightshift_queue_dead_letters', 'Signals that could not be triaged.', [
      `nightshift_queue_dead_letters ${dead}`,
    ]),
    ...metric('nightshift_queue_oldest_seconds', 'Age of the oldest waiting signal.', [
      `nightshift_queue_oldest_seconds ${oldest === null ? 0 : Math.max(0, now - oldest) / 1000}`,
    ]),
    ...(beat === null
      ? []
      : metric('nightshift_watchdog_age_seconds', 'Time since the watchdog alert was last heard.', [
          `nightshift_watchdog_age_seconds ${(now - beat.at) / 1000}`,
        ])),
  ];
  return `${lines.join('\n')}\n`;
}
