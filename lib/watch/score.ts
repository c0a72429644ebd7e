import { seriesText } from '../language/seriesText.ts';
import type { Watch } from '../model/watch.ts';
import type { Series as Sampled } from '../ports/metrics.ts';
import { explain } from '../scoring/explain.ts';
import { bytes, goesOnFrom, open, type Result, reopen, type Series, step, timeSeen } from '../scoring/series.ts';
import { alarming } from './alarm.ts';
import { type Entry, type Last, type Stood, toldOf } from './shard.ts';
import { aspectOf, remembered, similarTo } from './similar.ts';

/** What a series did that a person may want to know. */
export interface Finding {
  readonly watch: Watch;
  readonly labels: Entry['labels'];
  readonly kind: 'begin' | 'end' | 'silent' | 'heard';
  /** Unix seconds at which the alarm or the silence began. */
  readonly since: number;
  /** Unix seconds of the sample that told it. */
  readonly at: number;
  readonly last: Last | null;
  /** In plain words, loudest first. */
  readonly reasons: readonly string[];
  /** When the same spoke loudest before, Unix seconds, in order. */
  readonly similar: readonly number[];
}

export interface ScoreOptions {
  readonly timeZone: string;
  /** Unix seconds: alarms before it are learned from and told to nobody. */
  readonly tellFrom: number;
  /** Unix seconds up to which was asked: what is silent by then is told. */
  readonly now: number;
  /** Seconds without a sample that are a finding of their own. */
  readonly silentAfter: number;
  /** Seconds between two samples. */
  readonly step: number;
  /** Samples up to `now` are only a piece of what is there: what is silent or gone is said at the end of the last. */
  readonly isPiece?: boolean;
}

/** Seconds after which a series that says nothing more is forgotten: its host or topic is gone for good. */
const FORGOTTEN = 86_400;

/** Known series as those of a watch that was changed: nothing that was learned is gone on from. */
export const forgotten = (known: readonly Entry[]): readonly Given[] => known.map((one) => ({ ...one, state: null }));

/** Whether what was learned of the series of a watch is gone on from; not where the watch told something else then. */
export const isOf = (watch: Watch, known: readonly Entry[]): boolean =>
  known.every(({ state }) => goesOnFrom(watch, state));

/**
 * Carries the series of one watch on. Samples are in time order; what is not later than what was scored before is left out. What is
 * known without a state is learned anew from them, and what is told of it ends where its past does not say that it lasts.
 */
export function scoreWatch(
  watch: Watch,
  known: readonly Given[],
  answer: readonly Sampled[],
  options: ScoreOptions,
): { readonly entries: readonly Entry[]; readonly findings: readonly Finding[] } {
  const heard = new Map(answer.map((series) => [seriesText(series.labels), series]));
  const findings: Finding[] = [];
  const tell = (finding: Finding) => void (finding.at >= options.tellFrom && findings.push(finding));
  const before = new Set(known.map(({ labels }) => seriesText(labels)));
  const fresh = answer
    .filter(({ labels }) => !before.has(seriesText(labels)))
    .map(({ labels }) => ({ watch: watch.id, labels, last: null, alarmSince: null, silent: false, state: null }));
  const { kind, tell: what, maxFalseAlarmsPerWeek } = watch;
  const series = open({ timeZone: options.timeZone, kind, tell: what, maxFalseAlarmsPerWeek });
  const entries = [...known, ...fresh].flatMap((entry) => {
    const samples = heard.get(seriesText(entry.labels))?.samples ?? [];
    goOn(series, entry.state);
    const learned = carried(watch, series, entry, samples, tell);
    const judged = options.isPiece === true ? learned : settled(watch, series, learned, options, tell);
    return judged === null ? [] : [{ ...judged, state: bytes(series) }];
  });
  return { entries, findings };
}

type Given = Omit<Entry, 'state'> & { readonly state: Uint8Array | null };
type Learned = Omit<Entry, 'state'>;
type Tell = (finding: Finding) => void;

/** What the samples made of a series. */
function carried(watch: Watch, series: Series, entry: Given, samples: Sampled['samples'], tell: Tell): Learned {
  const { state, ...known } = entry;
  let { last, alarmSince, untold, silent, past = [], stood } = known;
  if (state === null) {
    stood = toldOf(entry);
    [alarmSince, untold, silent, past] = [null, undefined, false, []];
  }
  const seen = timeSeen(series) ?? Number.NEGATIVE_INFINITY;
  for (const { t, v } of samples) {
    if (t <= seen) continue;
    const result = step(series, t, v);
    if (result.phase === 'missing') continue;
    last = lastOf(t, result);
    const about = { watch, labels: entry.labels, at: t, last, reasons: [], similar: [] };
    if (silent) tell({ ...about, kind: 'heard', since: t });
    silent = false;
    const before = alarmSince;
    ({ alarmSince, untold } = alarming(watch, series, t, { alarmSince, untold }));
    if (before !== null && alarmSince === null) tell({ ...about, kind: 'end', since: before });
    if (before === null && alarmSince !== null) {
      const reasons = explain(series);
      const aspect = aspectOf(reasons);
      const similar = similarTo(past, aspect);
      past = remembered(past, { t, aspect });
      tell({ ...about, kind: 'begin', since: t, reasons: reasons.map(({ text }) => text), similar });
    }
  }
  return { ...known, last, alarmSince, untold, silent, past, stood };
}

/** What is silent, what is gone for good, and what was told before it was learned anew; null for a series that is known no longer. */
function settled(
  watch: Watch,
  series: Series,
  entry: Learned,
  { now, silentAfter, step: between, tellFrom }: ScoreOptions,
  tell: Tell,
): Learned | null {
  const { last, stood } = entry;
  const seen = timeSeen(series);
  // A query that was changed may have no such series any more: then nothing was learned of it.
  if (seen === null || now - (last?.t ?? seen) > FORGOTTEN) {
    ended(watch, entry, toldOf(entry), now, tell);
    return null;
  }
  const fellSilent = last !== null && !entry.silent && now - last.t > silentAfter;
  // What was silent already in the past that is only learned from is not told: its host may have been gone before anybody watched.
  if (fellSilent && last.t + silentAfter >= tellFrom - between) {
    const about = { watch, labels: entry.labels, at: now, last, reasons: [], similar: [] };
    tell({ ...about, kind: 'silent', since: last.t });
  }
  const silent = entry.silent || fellSilent;
  if (stood === undefined) return { ...entry, silent };
  const lasts = stood.alarmSince !== null && entry.alarmSince !== null;
  const over = { alarmSince: lasts ? null : stood.alarmSince, silent: stood.silent && !silent };
  ended(watch, entry, over, now, tell);
  return { ...entry, silent, alarmSince: lasts ? stood.alarmSince : entry.alarmSince, stood: undefined };
}

/** Tells the end of what was told of: it would stay open for ever. */
function ended(
  watch: Watch,
  { labels, last }: Learned,
  { alarmSince, silent }: Stood = { alarmSince: null, silent: false },
  now: number,
  tell: Tell,
): void {
  const about = { watch, labels, at: now, last, reasons: [], similar: [] };
  if (alarmSince !== null) tell({ ...about, kind: 'end', since: alarmSince });
  if (silent) tell({ ...about, kind: 'heard', since: now });
}

/** A state of another version is learned anew: what it knew was learned under other rules. */
function goOn(series: Series, state: Uint8Array | null): void {
  try {
    reopen(series, state ?? undefined);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    reopen(series);
  }
}

const lastOf = (t: number, { value, score, severity, expected, lower, upper }: Result): Last => {
  return { t, v: value, score, severity, expected, lower, upper };
};
