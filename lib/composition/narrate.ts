import { fold } from '../incidents/fold.ts';
import type { Deps } from '../loop/deps.ts';
import type { Millis } from '../model/basic.ts';
import type { StoredEvent } from '../model/incident.ts';

const EVERY = 150;

/** What an event means to somebody who watches; null for what need not be told. */
export function sentence({ event }: StoredEvent): string | null {
  switch (event.type) {
    case 'incident.opened':
      return `incident    ${event.subject.alertname} on ${event.subject.host ?? event.key.cluster}, ${event.subject.severity}`;
    case 'signal.heard':
      return `signal      ${event.signal.status} (${event.signal.source})`;
    case 'page.held':
      return `page        held, ${event.reason}`;
    case 'page.released':
      return `page        goes out: ${event.reason}`;
    case 'diagnosis.made':
      return `diagnosis   ${event.evidence.summary}`;
    case 'diagnosis.failed':
      return `diagnosis   none: ${event.reason}`;
    case 'decision.made': {
      const { outcome, policy, reasons, plan } = event.decision;
      const passed = reasons.filter(({ verdict }) => verdict === 'pass').length;
      const what =
        plan === null ? '' : `, ${plan.runbook} on ${plan.targets.map(({ hostName }) => hostName).join(', ')}`;
      return `decision    ${outcome} by ${policy ?? 'no policy'}${what} (${passed} of ${reasons.length} rules pass)`;
    }
    case 'execution.moved':
      return `execution   ${event.to}: ${event.reason}`;
    case 'verification.made': {
      const { result, reason, before, after } = event.verification;
      return `proof       ${result}: ${reason} (before ${before ?? 'nothing'}, after ${after ?? 'nothing'})`;
    }
    case 'plan.moved':
      return event.to === 'verified' ? 'plan        verified' : `plan        ${event.to}: ${event.reason}`;
    case 'incident.escalated':
      return `escalation  ${event.reason}`;
    case 'incident.resolved':
      return `resolved    ${event.reason}`;
    case 'incident.closed':
      return `closed      ${event.reason}`;
    default:
      return null;
  }
}

/**
 * Tells the events of every incident as they are written, with the seconds since its first. What was written before `since`
 * is an earlier run's and known.
 */
export function narrate(
  deps: Pick<Deps, 'ledger'>,
  url: string,
  say: (line: string) => void,
  since: Millis = Date.now(),
): { stop(): void } {
  const told = new Map<string, number>();
  const tell = async () => {
    const { items } = await deps.ledger.list({ limit: 20 });
    for (const { id } of items.toReversed()) await tellOne({ deps, id, told, url, say, since });
  };
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    tell()
      .catch((error: unknown) => say(`! ${String(error)}`))
      .finally(() => {
        busy = false;
      });
  }, EVERY);
  return { stop: () => clearInterval(timer) };
}

interface Telling {
  readonly deps: Pick<Deps, 'ledger'>;
  readonly id: string;
  readonly told: Map<string, number>;
  readonly url: string;
  readonly say: (line: string) => void;
  readonly since: Millis;
}

async function tellOne({ deps, id, told, url, say, since }: Telling): Promise<void> {
  const events = await deps.ledger.read(id);
  const before = told.get(id) ?? events.filter(({ at }) => at < since).length;
  if (events.length === before) return;
  if (!told.has(id)) say(`-- ${id}`);
  told.set(id, events.length);
  const first = events[0]?.at ?? 0;
  for (const stored of events.slice(before)) {
    const line = sentence(stored);
    if (line !== null) say(`${((stored.at - first) / 1000).toFixed(1).padStart(6)} s  ${line}`);
  }
  if (fold(events)?.state === 'closed')
    say(`\nThe whole record:  npx nightshift why ${id}   |   ${url}/incidents/${id}\n`);
}
