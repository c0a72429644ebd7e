import type { Alert, Disturbed, Label, Recorded } from './corpus.ts';

/** An alarm of one series or rule; Unix seconds. */
export interface Begun {
  readonly host: string;
  readonly begin: number;
  readonly score: number;
}

const MINUTE = 60;
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
  /** Unix seconds. */
  readonly begin: number;
  readonly end: number;
  /** Series that are watched. */
  readonly series: number;
  /** For each minute, whether an alarm would be a false one; and how many days these are. */
  readonly quiet: Uint8Array;
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
  const minutes = Math.floor((end - begin) / MINUTE) + 1;
  const quiet = new Uint8Array(minutes).fill(1, WARM_DAYS * 1_440);
  const loud = (from: number, to: number) =>
    quiet.fill(0, Math.max(0, Math.floor((from - begin) / MINUTE)), Math.max(0, Math.floor((to - begin) / MINUTE) + 1));
  for (const label of labels) loud(label.begin, label.end + AFTERMATH);
  for (const [from, to] of disturbed) loud(from - AROUND_OTHERS, to + AROUND_OTHERS);
  const quietDays = quiet.reduce((sum, one) => sum + one, 0) / 1_440;
  return { labels, begin, end, series: series.length, quiet, quietDays };
}

const isQuiet = ({ quiet, begin }: Ground, at: number) => quiet[Math.floor((at - begin) / MINUTE)] === 1;

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
 * How many of the faults would have been "found" had they been at some other time, when nothing was done: many series are
 * watched, and one of them may speak by chance.
 */
export function byChance(ground: Ground, alarms: readonly Begun[], shifts = 200): number {
  const times = [...ground.quiet.entries()].filter(([, one]) => one === 1).map(([at]) => ground.begin + at * MINUTE);
  const heard = alarms.filter(({ begin }) => isQuiet(ground, begin));
  const found = Array.from({ length: shifts }, (_, shift) => {
    const moved = ground.labels.map((label, at) => {
      const begin = times[(shift * 7_919 + at * 104_729) % times.length] ?? 0;
      return { ...label, begin, end: begin + label.end - label.begin };
    });
    return recall(moved, heard);
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
