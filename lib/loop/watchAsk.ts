import type { Duration, Millis } from '../model/basic.ts';
import { describe, isNightshiftError } from '../model/errors.ts';
import type { Watch } from '../model/watch.ts';
import type { Series } from '../ports/metrics.ts';
import type { Desk } from './deps.ts';

/** Points of one answer that Prometheus gives at most (11,000), with room. */
const POINTS = 10_000;

export interface Span {
  readonly from: Millis;
  readonly to: Millis;
}

/** From the sample after the last one, `upTo` in Unix seconds, on a grid of steps; a watch that is new begins with its past. */
export function spanOf({ settings, clock }: Pick<Desk, 'settings' | 'clock'>, upTo: number | undefined): Span {
  const { step, delay, past } = settings.watch;
  const to = Math.floor((clock.now() - delay) / step) * step;
  const earliest = to - Math.min(past, POINTS * step);
  return { from: upTo === undefined ? earliest : Math.max(earliest, upTo * 1000 + step), to };
}

export interface Asking {
  /** Milliseconds that are asked for at once; null for all. */
  readonly piece: Duration | null;
  /** How often less is asked for before this is given up. */
  readonly tries: number;
  /** Whether the rest is left to another time. */
  readonly over: () => boolean;
  /** What came, in order, up to `until`. */
  readonly take: (answer: readonly Series[], until: Millis) => void;
}

export interface Asked {
  /** Why not all was had; null where it was, or where only the time was over. */
  readonly problem: string | null;
  /** What to ask for at once the next time, to go on; null where the end was reached. */
  readonly piece: Duration | null;
}

/**
 * Asks for a span, and for half of it where that cannot be answered: it may be too much for one answer, or take too long. A single
 * step that cannot be answered is a problem. Where it is refused, and not only Prometheus away, it stays refused, and what comes
 * after it must not wait for that: it is gone on from as one without samples.
 */
export async function askInPieces(deps: Desk, watch: Watch, { from, to }: Span, asking: Asking): Promise<Asked> {
  const { step } = deps.settings.watch;
  let piece = asking.piece ?? to - from + step;
  let most = Number.POSITIVE_INFINITY;
  let failures = 0;
  let lost: string | null = null;
  for (let next = from; next <= to; ) {
    const until = Math.min(to, next + Math.max(step, piece) - step);
    const answer = await ask(deps, watch, next, until);
    if (answer.series !== null) {
      asking.take(answer.series, until);
      next = until + step;
      // What was too much once is not tried again at once.
      piece = Math.min(2 * piece, most);
    } else {
      failures += 1;
      if (until > next) {
        piece = Math.max(step, Math.floor((until - next + step) / 2 / step) * step);
        most = piece;
      } else if (answer.isRefused && next < to) {
        asking.take([], until);
        next = until + step;
        most = Number.POSITIVE_INFINITY;
        lost = answer.problem;
      } else return { problem: answer.problem, piece: step };
      if (failures > asking.tries) return { problem: answer.problem, piece };
    }
    if (next <= to && asking.over()) return { problem: lost, piece };
  }
  return { problem: lost, piece: null };
}

type Answer =
  | { readonly series: readonly Series[] }
  | { readonly series: null; readonly problem: string; readonly isRefused: boolean };

/** The series, or why there are none. */
async function ask(deps: Desk, { expr }: Watch, from: Millis, to: Millis): Promise<Answer> {
  const { step, maxSeries } = deps.settings.watch;
  if (deps.metrics === null) return { series: null, problem: 'no Prometheus is configured', isRefused: false };
  try {
    const series = await deps.metrics.range(expr, from, to, step);
    if (series.length <= maxSeries) return { series };
    const problem = `${series.length} series, and at most ${maxSeries} are watched: aggregate, or raise watch.maxSeries`;
    return { series: null, problem, isRefused: true };
  } catch (error) {
    if (!isNightshiftError(error)) throw error;
    return { series: null, problem: describe(error), isRefused: error.kind === 'input' };
  }
}
