import type { Duration, Millis } from '../model/basic.ts';
import type { Alarm, DecisionFound, IncidentFound } from './found.ts';

/** What one configuration would have done. */
export interface Replayed {
  /** sha256 of its packs and policies. */
  readonly bundleHash: string;
  readonly watches: readonly { readonly id: string; readonly title: string; readonly series: number }[];
  readonly alarms: readonly Alarm[];
  readonly incidents: readonly IncidentFound[];
  readonly decisions: readonly DecisionFound[];
  readonly problems: readonly string[];
}

export interface Pairs<T> {
  readonly both: readonly { readonly old: T; readonly new: T }[];
  readonly onlyOld: readonly T[];
  readonly onlyNew: readonly T[];
}

export interface Comparison {
  readonly alarms: Pairs<Alarm>;
  readonly incidents: Pairs<IncidentFound>;
  /** Decisions about the same firing that say something else, and those of only one side. */
  readonly decisions: Pairs<DecisionFound>;
  readonly differ: boolean;
}

/** Two of these are about the same trouble when they overlap or begin within this of each other, milliseconds. */
export const SAME: Duration = 10 * 60_000;

interface Span {
  readonly from: Millis;
  readonly to: Millis;
}

/** Pairs what has the same key and happened at the same time; each has at most one partner, the first that fits. */
function pairs<T>(
  old: readonly T[],
  fresh: readonly T[],
  keyOf: (one: T) => string,
  spanOf: (one: T) => Span,
): Pairs<T> {
  const waiting = Map.groupBy(fresh, keyOf);
  const both: { old: T; new: T }[] = [];
  const onlyOld: T[] = [];
  for (const one of old) {
    const candidates = waiting.get(keyOf(one)) ?? [];
    const at = partnerOf(spanOf(one), candidates.map(spanOf));
    const [found] = at < 0 ? [] : candidates.splice(at, 1);
    if (found === undefined) onlyOld.push(one);
    else both.push({ old: one, new: found });
  }
  const left = new Set([...waiting.values()].flat());
  return { both, onlyOld, onlyNew: fresh.filter((one) => left.has(one)) };
}

/** One that began at the same time before any that only overlaps. */
function partnerOf({ from, to }: Span, candidates: readonly Span[]): number {
  const same = candidates.findIndex((one) => one.from === from);
  return same >= 0 ? same : candidates.findIndex((one) => one.from <= to + SAME && from <= one.to + SAME);
}

const ALWAYS = Number.MAX_SAFE_INTEGER;
const placeOf = ({ cluster, host, service }: Pick<IncidentFound, 'cluster' | 'host' | 'service'>) =>
  JSON.stringify([cluster, host, service]);

/** Old against new. */
export function compare(old: Replayed, fresh: Replayed): Comparison {
  const alarms = pairs(
    old.alarms,
    fresh.alarms,
    ({ watch, kind, series }) => JSON.stringify([watch, kind, series]),
    ({ begin, end }) => ({ from: begin, to: end ?? ALWAYS }),
  );
  const incidents = pairs(old.incidents, fresh.incidents, placeOf, ({ openedAt, endedAt }) => ({
    from: openedAt,
    to: endedAt ?? ALWAYS,
  }));
  const decided = pairs(
    old.decisions,
    fresh.decisions,
    ({ fingerprint }) => fingerprint,
    ({ at }) => ({ from: at, to: at }),
  );
  const decisions = {
    both: decided.both.filter((pair) => said(pair.old) !== said(pair.new)),
    onlyOld: decided.onlyOld.filter(isAny),
    onlyNew: decided.onlyNew.filter(isAny),
  };
  const alone = [alarms, incidents, decisions].flatMap(({ onlyOld, onlyNew }) => [...onlyOld, ...onlyNew]);
  return { alarms, incidents, decisions, differ: alone.length + decisions.both.length > 0 };
}

/** That there was no policy for an incident of one side is told by the incident. */
const isAny = ({ outcome }: DecisionFound): boolean => outcome !== 'no-policy';

/** What is compared of a decision: not its words, in which there are times and values. */
const said = ({ policy, outcome, runbook, hosts, refusedBy }: DecisionFound): string =>
  JSON.stringify([policy, outcome, runbook, hosts, refusedBy]);
