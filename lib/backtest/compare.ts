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

export interface Pair<T> {
  readonly old: T;
  readonly new: T;
}

export interface Pairs<T, P = Pair<T>> {
  readonly both: readonly P[];
  readonly onlyOld: readonly T[];
  readonly onlyNew: readonly T[];
}

/** The same trouble, of which a person would have heard something else; and what. */
export interface IncidentPair extends Pair<IncidentFound> {
  readonly differ: readonly ('alerts' | 'severity' | 'paged')[];
}

export interface Comparison {
  readonly alarms: Pairs<Alarm>;
  /** Incidents of the same trouble that are not the same, and those of only one side. */
  readonly incidents: Pairs<IncidentFound, IncidentPair>;
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

/** Pairs what has the same key and happened at the same time; each has at most one partner, and the nearest find each other first. */
function pairs<T>(
  old: readonly T[],
  fresh: readonly T[],
  keyOf: (one: T) => string,
  spanOf: (one: T) => Span,
): Pairs<T> {
  const candidates = Map.groupBy(fresh, keyOf);
  const near = old.flatMap((one) => {
    const span = spanOf(one);
    return (candidates.get(keyOf(one)) ?? [])
      .filter((other) => isSame(span, spanOf(other)))
      .map((other) => ({ old: one, new: other, apart: Math.abs(span.from - spanOf(other).from) }));
  });
  const partners = new Map<T, T>();
  const taken = new Set<T>();
  for (const pair of near.toSorted((a, b) => a.apart - b.apart)) {
    if (partners.has(pair.old) || taken.has(pair.new)) continue;
    partners.set(pair.old, pair.new);
    taken.add(pair.new);
  }
  return {
    both: old.flatMap((one) => {
      const other = partners.get(one);
      return other === undefined ? [] : [{ old: one, new: other }];
    }),
    onlyOld: old.filter((one) => !partners.has(one)),
    onlyNew: fresh.filter((one) => !taken.has(one)),
  };
}

const isSame = (a: Span, b: Span): boolean => (a.from < b.to && b.from < a.to) || Math.abs(a.from - b.from) <= SAME;

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
  const opened = pairs(old.incidents, fresh.incidents, placeOf, ({ openedAt, endedAt }) => ({
    from: openedAt,
    to: endedAt ?? ALWAYS,
  }));
  const incidents = {
    ...opened,
    both: opened.both.map((pair) => ({ ...pair, differ: differing(pair) })).filter(({ differ }) => differ.length > 0),
  };
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
  const differ = alone.length + incidents.both.length + decisions.both.length > 0;
  return { alarms, incidents, decisions, differ };
}

/** Not when they began and ended, which a lower sensitivity moves a little. */
function differing({ old, new: fresh }: Pair<IncidentFound>): IncidentPair['differ'] {
  const alerts = (one: IncidentFound) => JSON.stringify(one.alerts.toSorted());
  return [
    ...(alerts(old) === alerts(fresh) ? [] : (['alerts'] as const)),
    ...(old.severity === fresh.severity ? [] : (['severity'] as const)),
    ...(old.paged === fresh.paged ? [] : (['paged'] as const)),
  ];
}

/** That there was no policy for an incident of one side is told by the incident. */
const isAny = ({ outcome }: DecisionFound): boolean => outcome !== 'no-policy';

/** What is compared of a decision: not its words, in which there are times and values. */
const said = ({ policy, outcome, runbook, hosts, refusedBy }: DecisionFound): string =>
  JSON.stringify([policy, outcome, runbook, hosts, refusedBy]);
