import type { Millis } from '../model/basic.ts';
import type { EvidenceSeries } from '../model/incident.ts';
import type { Settings } from '../model/settings.ts';

interface Told {
  readonly at: Millis;
  readonly settings: Settings['diagnosis'];
}

/** One plain sentence; what could not be asked is part of it. */
export function summary(ranked: readonly EvidenceSeries[], missing: number, { at, settings }: Told): string {
  const without = missing === 0 ? '' : `; ${count(missing, 'indicator')} could not be read`;
  if (ranked.length === 0) return `No series could be compared with its past${without}.`;
  const moved = ranked.filter(({ movedAt }) => movedAt !== null);
  const first = moved.reduce<EvidenceSeries | null>((a, b) => (a !== null && when(a) <= when(b) ? a : b), null);
  if (first === null) {
    return `None of ${count(ranked.length, 'series', 'series')} left its past of ${span(settings.past)}${without}.`;
  }
  const others = moved.length === 1 ? '' : `, then ${moved.length - 1} more`;
  return `${first.title} left its past first, ${how(first)}, ${before(at - when(first))}${others}${without}.`;
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
