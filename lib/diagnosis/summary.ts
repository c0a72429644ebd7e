import type { Duration, Millis } from '../model/basic.ts';
import type { EvidenceSeries } from '../model/incident.ts';

interface Told {
  readonly at: Millis;
  /** As far back as there was anything to compare with. */
  readonly past: Duration;
}

/** One plain sentence; what could not be asked or compared is part of it. */
export function summary(ranked: readonly EvidenceSeries[], missing: number, { at, past }: Told): string {
  const compared = ranked.filter(({ unrated }) => unrated === undefined).length;
  const short = ranked.length === compared ? '' : `; ${ranked.length - compared} could not be compared`;
  const without = missing === 0 ? '' : `; ${count(missing, 'indicator')} could not be read`;
  if (compared === 0) return `No series could be compared with its past${without}.`;
  const moved = ranked.filter(({ movedAt }) => movedAt !== null);
  const first = moved.reduce<EvidenceSeries | null>((a, b) => (a !== null && when(a) <= when(b) ? a : b), null);
  if (first === null) {
    return `None of ${count(compared, 'series', 'series')} left its past of ${span(past)}${short}${without}.`;
  }
  const others = moved.length === 1 ? '' : `, then ${moved.length - 1} more`;
  return `${first.title} left its past first, ${how(first)}, ${before(at - when(first))}${others}${without}.`;
}

/** What joined, a sentence for each of the first and one for what could not be read. */
export function joinedText(joined: readonly EvidenceSeries[], unread: readonly string[], at: Millis): string {
  const told = joined.slice(0, NAMED).map((one) => `${one.title} joined${joinedHow(one, at)}.`);
  const more = joined.length > NAMED ? [`So did ${joined.length - NAMED} more.`] : [];
  const without = unread.slice(0, NAMED).map((id) => `${id} joined, and could not be read.`);
  return [...told, ...more, ...without].join(' ');
}

const NAMED = 3;

function joinedHow(one: EvidenceSeries, at: Millis): string {
  if (one.movedAt !== null) {
    const after = one.movedAt - at;
    return `, ${how(one)}, ${after < 1000 ? before(-after) : `${span(after)} after the alert`}`;
  }
  return one.silentFor === undefined ? '' : `, last seen ${span(one.silentFor)} before`;
}

const when = ({ movedAt }: EvidenceSeries) => movedAt ?? Number.MAX_VALUE;

function how({ score }: EvidenceSeries): string {
  const size = Math.abs(score);
  return `${size >= 100 ? 'over 100' : size.toFixed(size < 10 ? 1 : 0)} deviations ${score < 0 ? 'low' : 'high'}`;
}

const before = (duration: number) => (duration < 1000 ? 'with the alert' : `${span(duration)} before the alert`);

function span(duration: number): string {
  const seconds = Math.round(duration / 1000);
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

const count = (n: number, one: string, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;
