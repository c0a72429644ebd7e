import type { Millis } from '../model/basic.ts';
import type { Evidence, EvidenceSeries } from '../model/incident.ts';
import type { Blobs } from '../ports/edges.ts';
import type { Metrics } from '../ports/metrics.ts';
import { byIndicator, type DiagnoseInput, type Findings, ofMetrics } from './diagnose.ts';
import { byDeparture, type Rank } from './rank.ts';
import { store } from './store.ts';
import { joinedText } from './summary.ts';

/** Series that one look may add, whatever joined. */
const ADDED = 6;

export interface JoinedInput extends DiagnoseInput {
  /** Keeps the blobs of this look apart from those of others. */
  readonly part: string;
  /** What joined and cannot be asked for, with the reason. */
  readonly unasked: Findings['missing'];
}

/**
 * The evidence with the series of what joined, as they are at `input.at`. What it held of the same series is replaced; all else of
 * it stays, whatever Prometheus says. Throws `failed` `blobs.unavailable` where the series cannot be kept.
 */
export async function withJoined(
  before: Evidence,
  input: JoinedInput,
  metrics: Metrics | null,
  blobs: Blobs,
  rank: Rank,
): Promise<Evidence> {
  const found = await ofMetrics(input, metrics, rank);
  const kept = found.ranked.toSorted(byDeparture).slice(0, ADDED);
  const added = await store(input.id, kept, blobs, input.part);
  const missing = [...found.missing, ...input.unasked];
  const known = new Set(added.map(nameOf));
  const rest = before.ranked.filter((one) => !known.has(nameOf(one)));
  return {
    ...before,
    to: Math.max(before.to, input.at),
    ranked: added.toReversed().reduce(inserted, rest),
    missing: missingOf(before, added, missing),
    summary: summaryOf(before, added, missing, before.at),
  };
}

/** The evidence as it was, where what joined could not be looked at: with the reason why. */
export const withoutJoined = (before: Evidence, missing: Findings['missing']): Evidence => ({
  ...before,
  missing: missingOf(before, [], missing),
  summary: summaryOf(before, [], missing, before.at),
});

function missingOf(
  before: Evidence,
  added: readonly EvidenceSeries[],
  missing: Findings['missing'],
): Findings['missing'] {
  const anew = new Set([...added, ...missing].map(({ indicator }) => indicator));
  return [...before.missing.filter(({ indicator }) => !anew.has(indicator)), ...missing].toSorted(byIndicator);
}

function summaryOf(
  before: Evidence,
  added: readonly EvidenceSeries[],
  missing: Findings['missing'],
  at: Millis,
): string {
  const unread = missing.map(({ indicator }) => indicator);
  return [before.summary, joinedText(added, unread, at)].filter((text) => text !== '').join(' ');
}

/** Behind what left its past further, and before all that did not leave it. */
function inserted(ranked: EvidenceSeries[], one: EvidenceSeries): EvidenceSeries[] {
  const isBehind = (other: EvidenceSeries) =>
    other.movedAt === null || (one.movedAt !== null && Math.abs(other.score) < Math.abs(one.score));
  const at = ranked.findIndex(isBehind);
  return ranked.toSpliced(at === -1 ? ranked.length : at, 0, one);
}

const nameOf = ({ indicator, series }: EvidenceSeries) => `${indicator} ${series}`;
