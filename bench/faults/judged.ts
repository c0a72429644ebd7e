import type { Alert, Disturbed, Label, Recorded } from './corpus.ts';

/** An alarm of one series or rule; Unix seconds. */
export interface Begun {
  readonly host: string;
  readonly begin: number;
  readonly score: number;
}

const MINUTE = 60;
const DAY = 86_400;
/** Nothing of the first two days counts, for anybody. */
export const WARM_DAYS = 2;
/** An alarm so soon after the end still belongs to the fault. */
export const GRACE = 5 * MINUTE;
/** Until so long after a fault an alarm is neither a hit nor a false one: what is taken back is a change as well. */
export const AFTERMATH = 120 * MINUTE;
/** On both sides of what others did to the machine nothing is a false alarm. */
export const AROUND_OTHERS = 30 * MINUTE;

export interface Ground {
  readonly labels: readonly Label[];
  readonly disturbed: readonly Disturbed[];
  /** Unix seconds. */
  readonly begin: number;
  readonly end: number;
  /** Series that are watched. */
  readonly series: number;
  /** Days in which an alarm would be a false one. */
  readonly quietDays: number;
}

/** First and last minute of the record, and what of it is quiet. */
export function groundOf(
  series: readonly Recorded[],
  labels: readonly Label[],
  disturbed: readonly Disturbed[],
): Ground {
  const begin = Math.min(...series.map(({ times }) => times[0] ?? Number.POSITIVE_INFINITY));
  const end = Math.max(...series.map(({ times }) => times.at(-1) ?? 0));
  const ground = { labels, disturbed, begin, end, series: series.length };
  let quiet = 0;
  for (let at = begin; at <= end; at += MINUTE) if (isQuiet(ground, at)) quiet += 1;
  return { ...ground, quietDays: quiet / 1_440 };
}

type Marked = Pick<Ground, 'labels' | 'disturbed' | 'begin'>;

const isQuiet = ({ labels, disturbed, begin }: Marked, at: number) =>
  at >= begin + WARM_DAYS * DAY &&
  !labels.some((label) => at >= label.begin && at <= label.end + AFTERMATH) &&
  !disturbed.some(([from, to]) => at >= from - AROUND_OTHERS && at <= to + AROUND_OTHERS);

export const falseAlarms = (ground: Ground, alarms: readonly Begun[]): number =>
  alarms.filter(({ begin }) => isQuiet(ground, begin)).length;
/** A series and week. */
export const falseRate = (ground: Ground, alarms: readonly Begun[]): number =>
  (7 * falseAlarms(ground, alarms)) / (ground.quietDays * ground.series);

/** When the fault was first told, Unix seconds; null where it was not. */
export function firstOf({ hosts, begin, end }: Label, alarms: readonly Begun[]): number | null {
  const own = alarms.filter((one) => hosts.includes(one.host) && one.begin >= begin && one.begin <= end + GRACE);
  return own.length === 0 ? null : Math.min(...own.map((one) => one.begin));
}
export const recall = (labels: readonly Label[], alarms: readonly Begun[]): number =>
  labels.filter((label) => firstOf(label, alarms) !== null).length / labels.length;

/**
 * How many of the faults would have been "found" had they been at some other time, when nothing happened: many series are
 * watched, and one of them may speak by chance.
 */
export function byChance(ground: Ground, alarms: readonly Begun[], shifts = 200): number {
  const quiet: number[] = [];
  for (let at = ground.begin; at <= ground.end; at += MINUTE) if (isQuiet(ground, at)) quiet.push(at);
  const found = Array.from({ length: shifts }, (_, shift) => {
    const moved = ground.labels.map((label, at) => {
      const begin = quiet[(shift * 7_919 + at * 104_729) % quiet.length] ?? 0;
      return { ...label, begin, end: begin + label.end - label.begin };
    });
    return recall(
      moved,
      alarms.filter(({ begin }) => isQuiet(ground, begin)),
    );
  });
  return found.reduce((sum, one) => sum + one, 0) / shifts;
}

/** A rule that speaks of a whole cluster is one of its first host. */
const CLUSTERS = [
  [/^Kafka|^Consumer/, 'k1'],
  [/^Spark/, 'master'],
] as const;
export const alertsBegun = (alerts: readonly Alert[]): readonly Begun[] =>
  alerts.map(({ alert, host, begin }) => {
    const whole = CLUSTERS.find(([name]) => name.test(alert))?.[1] ?? '';
    return { host: host === '' ? whole : host, begin, score: 1 };
  });

export const median = (all: readonly number[]): number | null => {
  const sorted = all.toSorted((a, b) => a - b);
  return sorted.length === 0 ? null : ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
};
