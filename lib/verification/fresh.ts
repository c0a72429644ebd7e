import { seriesText } from '../language/seriesText.ts';
import type { Duration } from '../model/basic.ts';
import type { Metrics, Sample, Series } from '../ports/metrics.ts';

/** Prometheus' lookback: what was sampled this long before the command ended is still a series that must come back. */
const LOOKBACK: Duration = 5 * 60_000;
const NEEDED = 2;
/** Seconds; Prometheus evaluates at whole milliseconds. */
const ROUNDING = 0.001;

/** The moment of one look, all in seconds of Prometheus' own time. */
export interface Look {
  /** What `time()` said. */
  readonly asked: number;
  /** Where the expression is evaluated: `asked`, or the deadline once that has passed. */
  readonly at: number;
  readonly commandEnd: number;
  /** Command end + stabilisation: only later samples count. */
  readonly countsFrom: number;
}

/** `from`: seconds of Prometheus time of the oldest sample that counted. */
export type Freshness =
  | { readonly fresh: true; readonly from: number }
  | { readonly fresh: false; readonly reason: string };

/**
 * Whether what the expression reads through this selector was sampled after the cure. An instant answer cannot tell: it is
 * stamped with the evaluation time whatever the sample's age. So the raw samples are read, from before the command's end, and
 * each series seen there must have two that count and must still be there. (What a Pushgateway repeats is stamped anew with
 * every scrape; its series prove only that the gateway lives.)
 */
export async function freshness(
  { selector, window }: { readonly selector: string; readonly window: Duration | null },
  look: Look,
  metrics: Metrics,
): Promise<Freshness> {
  const start = window === null ? look.countsFrom : look.at - window / 1000;
  if (start < look.countsFrom - ROUNDING)
    return { fresh: false, reason: `the window of ${selector} still reaches back before the cure` };
  const raw = await metrics.raw(selector, (look.asked - look.commandEnd) * 1000 + LOOKBACK);
  const current = new Set((await metrics.instant(selector, look.at * 1000)).map(({ labels }) => seriesText(labels)));
  if (raw.length === 0) return { fresh: false, reason: `${selector} has no samples` };
  const counted = raw.map((series) => count(series, start, look, current));
  const stale = counted.find((each) => !each.fresh);
  if (stale !== undefined) return stale;
  return { fresh: true, from: Math.min(...counted.map((each) => (each.fresh ? each.from : look.at))) };
}

function count(series: Series, start: number, look: Look, current: ReadonlySet<string>): Freshness {
  const text = seriesText(series.labels);
  const name = series.labels.__name__ ?? '';
  if (name.includes(':') || name.startsWith('ALERTS')) {
    return {
      fresh: false,
      reason: `${text} is computed by a rule: its samples do not tell how old what they rest on is`,
    };
  }
  const [oldest, next] = series.samples.filter(({ t }) => t > start && t <= look.at);
  if (oldest === undefined || next === undefined) return { fresh: false, reason: tooFew(text, series.samples, look) };
  if (!current.has(text)) return { fresh: false, reason: `${text} has disappeared` };
  return { fresh: true, from: oldest.t };
}

function tooFew(text: string, samples: readonly Sample[], look: Look): string {
  const newest = samples.filter(({ t }) => t <= look.at).at(-1);
  const age = newest === undefined ? 'none' : `newest ${(look.at - newest.t).toFixed(1)} s old`;
  return `${text} has fewer than ${NEEDED} samples since the cure (${age})`;
}
