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
  /** Why not all was asked for; null where it was, or where the time was over. */
  readonly problem: string | null;
  /** What to ask for at once the next time; null for all. */
  readonly piece: Duration | null;
}

/**
 * Asks for a span, and for half of it where that cannot be answered: it may be too much for one answer, or take too long. A single
 * step that cannot be answered is a problem.
 */
export async function askInPieces(deps: Desk, watch: Watch, { from, to }: Span, asking: Asking): Promise<Asked> {
  const { step } = deps.settings.watch;
  let piece = asking.piece ?? to - from + step;
  let halved = 0;
  for (let next = from; next <= to; ) {
    const until = Math.min(to, next + Math.max(step, piece) - step);
    const answer = await ask(deps, watch, next, until);
    if (typeof answer !== 'string') {
      asking.take(answer, until);
      next = until + step;
      // What was too much once is not tried again at once.
      if (halved === 0) piece *= 2;
      if (next <= to && asking.over()) return { problem: null, piece };
      continue;
    }
    if (until === next) return { problem: answer, piece: step };
    piece = Math.max(step, Math.floor((until - next + step) / 2 / step) * step);
    halved += 1;
    if (halved > asking.tries || asking.over()) return { problem: answer, piece };
  }
  return { problem: null, piece: null };
}

/** The series, or why there are none. */
async function ask(deps: Desk, { expr }: Watch, from: Millis, to: Millis): Promise<readonly Series[] | string> {
  const { step, maxSeries } = deps.settings.watch;
  if (deps.metrics === null) return 'no Prometheus is configured';
  try {
    const answer = await deps.metrics.range(expr, from, to, step);
    if (answer.length <= maxSeries) return answer;
    return `${answer.length} series, and at most ${maxSeries} are watched: aggregate, or raise watch.maxSeries`;
  } catch (error) {
    if (!isNightshiftError(error)) throw error;
    return describe(error);
  }
}
