import type { Millis } from '../model/basic.ts';
import { failed } from '../model/errors.ts';
import type { Metrics, Sample } from '../ports/metrics.ts';

/** The times of the first and of the last sample that there is of the time that is replayed. */
export interface Extent {
  readonly first: Millis;
  readonly last: Millis;
}

export interface ExtentKeeper {
  add(sample: Sample): void;
  /** Null where there was no sample with a number. */
  extent(): Extent | null;
}

/** What is learned from before `from` says nothing of the time that is asked for. */
export function extentKeeper(from: Millis, to: Millis): ExtentKeeper {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  return {
    add({ t, v }) {
      const at = Math.round(t * 1000);
      if (!Number.isFinite(v) || at < from || at > to) return;
      first = Math.min(first, at);
      last = Math.max(last, at);
    },
    extent: () => (first > last ? null : { first, last }),
  };
}

/** What the ranges of `source` held is told to the keeper. */
export function kept(source: Metrics, keeper: ExtentKeeper): Metrics {
  return {
    ...source,
    async range(expr, from, to, step) {
      const answer = await source.range(expr, from, to, step);
      for (const { samples } of answer) for (const sample of samples) keeper.add(sample);
      return answer;
    },
  };
}

/** Throws `failed` `backtest.history` where there was nothing: a time that is not held any more looks as quiet as a good one. */
export function extentOf(keeper: ExtentKeeper, problems: readonly string[]): Extent {
  const found = keeper.extent();
  if (found !== null) return found;
  const why = problems.length === 0 ? '' : ` (${[...new Set(problems)].join('; ')})`;
  throw failed('backtest.history', `no watch and no alert has a sample between --from and --to${why}`, {
    field: '--from',
    expected: 'a time that Prometheus still holds, and watches of what it records',
  });
}
