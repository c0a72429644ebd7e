import { fillSelector } from '../language/placeholders.ts';
import type { Duration, Labels, Millis } from '../model/basic.ts';
import type { Indicator } from '../model/catalogue.ts';
import { describe, isNightshiftError } from '../model/errors.ts';
import type { Evidence } from '../model/incident.ts';
import type { Settings } from '../model/settings.ts';
import type { Subject } from '../model/signal.ts';
import type { CloudMetrics } from '../ports/cloud.ts';
import type { Blobs } from '../ports/edges.ts';
import type { Metrics } from '../ports/metrics.ts';
import { byDeparture, type Rank, type Ranked, rankSeries } from './rank.ts';
import { store } from './store.ts';
import { summary } from './summary.ts';

/** Queries under way at a time: a troubled Prometheus is not made worse. */
const PARALLEL = 4;
/** After so many refused or unanswered queries in a row the rest is not tried: it would only wait as well. */
const GIVE_UP = 4;

export interface DiagnoseInput {
  readonly subject: Subject;
  readonly indicators: readonly Indicator[];
  /** The matchers that an indicator's `$selector` stands for. */
  readonly selectors: (indicator: Indicator) => string;
  /** Which of an indicator's series are looked at; without it, all that it answers. */
  readonly looksAt?: (indicator: Indicator, labels: Labels) => boolean;
  /** The alert: the end of what is looked at. */
  readonly at: Millis;
  readonly settings: Settings['diagnosis'];
  /** The incident's id. */
  readonly id: string;
  /** The alert's own, which may name what only the cloud measures. */
  readonly labels?: Labels;
  /** Our clock. With it no query begins after `settings.timeout`; each is bounded by the port in any case. */
  readonly now?: () => Millis;
}

export interface Findings {
  readonly ranked: Ranked[];
  readonly missing: { indicator: string; reason: string }[];
}
/** Why nothing more is asked, or null. */
type Stop = () => string | null;

/**
 * Which series around the alert left their own recent past, how far, and which first. What could not be asked is listed with
 * its reason. `cloud` adds what only the cloud measures. Never throws for Prometheus' or the cloud's sake; throws `failed` `blobs.unavailable` where the series cannot be kept.
 */
export async function diagnose(
  input: DiagnoseInput,
  metrics: Metrics | null,
  blobs: Blobs,
  rank: Rank,
  cloud: CloudMetrics | null = null,
): Promise<Evidence> {
  const findings = await Promise.all([ofMetrics(input, metrics, rank), ofCloud(input, cloud, rank)]);
  const kept = findings
    .flatMap(({ ranked }) => ranked)
    .toSorted(byDeparture)
    .slice(0, input.settings.maxSeries);
  const ranked = await store(input.id, kept, blobs);
  const missing = findings.flatMap((one) => one.missing).toSorted(byIndicator);
  const { at, settings } = input;
  const told = summary(ranked, missing.length, { at, past: pastOf(kept, input) });
  return { at, from: at - settings.past, to: at, ranked, missing, summary: told };
}

/** What is said of a past is true of the longest that is there, which where Prometheus is young is shorter than what was asked for. */
function pastOf(kept: readonly Ranked[], { at, settings }: DiagnoseInput): Duration {
  const earliest = kept.reduce((least, { samples }) => Math.min(least, samples[0]?.t ?? least), at / 1000);
  return Math.min(settings.past, at - earliest * 1000);
}

export const byIndicator = (a: { readonly indicator: string }, b: { readonly indicator: string }): number =>
  a.indicator < b.indicator ? -1 : 1;

export async function ofMetrics(input: DiagnoseInput, metrics: Metrics | null, rank: Rank): Promise<Findings> {
  const findings: Findings = { ranked: [], missing: [] };
  if (metrics === null) return findings;
  const waiting = [...input.indicators];
  const stop = stopper(input, findings);
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await look(input, next, metrics, rank, findings, stop);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  return findings;
}

/** Findings of its own: that the cloud answers says nothing of Prometheus. */
async function ofCloud(input: DiagnoseInput, cloud: CloudMetrics | null, rank: Rank): Promise<Findings> {
  const findings: Findings = { ranked: [], missing: [] };
  if (cloud === null) return findings;
  const { at, settings, subject, labels = {} } = input;
  try {
    const figures = await cloud.figures({ host: subject.host, labels }, at - settings.past, at);
    for (const { indicator, series, problem } of figures) {
      if (problem !== null) findings.missing.push({ indicator: indicator.id, reason: problem });
      findings.ranked.push(...rankSeries(indicator, series, input, rank));
    }
  } catch (error) {
    if (!isNightshiftError(error)) throw error;
    findings.missing.push({ indicator: 'cloud', reason: describe(error) });
  }
  return findings;
}

function stopper({ now, settings }: DiagnoseInput, { ranked, missing }: Findings): Stop {
  const began = now?.() ?? 0;
  return () => {
    if (now !== undefined && now() - began >= settings.timeout) return `not asked: ${settings.timeout} ms were over`;
    const unanswered = missing.filter(({ reason }) => reason.startsWith('metrics.unavailable')).length;
    return ranked.length === 0 && unanswered >= GIVE_UP ? 'not asked: Prometheus did not answer the others' : null;
  };
}

async function look(
  input: DiagnoseInput,
  indicator: Indicator,
  metrics: Metrics,
  rank: Rank,
  { ranked, missing }: Findings,
  stop: Stop,
): Promise<void> {
  const miss = (reason: string) => missing.push({ indicator: indicator.id, reason });
  const why = stop();
  if (why !== null) return void miss(why);
  const { at, settings, looksAt = () => true } = input;
  try {
    const expr = fillSelector(indicator.expr, input.selectors(indicator));
    const answer = await metrics.range(expr, at - settings.past, at, settings.step);
    const series = answer.filter(({ labels }) => looksAt(indicator, labels));
    const found = rankSeries(indicator, series, input, rank);
    if (found.length === 0) miss(series.length === 0 ? 'no such series' : 'no finite samples');
    ranked.push(...found);
  } catch (error) {
    if (!isNightshiftError(error)) throw error;
    miss(describe(error));
  }
}
