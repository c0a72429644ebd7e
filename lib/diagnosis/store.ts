import { seriesText } from '../language/seriesText.ts';
import type { EvidenceSeries } from '../model/incident.ts';
import { labelsWithoutSecrets } from '../model/secrets.ts';
import type { Blobs } from '../ports/edges.ts';
import type { Sample } from '../ports/metrics.ts';
import type { Ranked } from './rank.ts';

const SPARK = 60;

/**
 * Keeps each series as a blob, so that it can be drawn long after Prometheus has forgotten it. `part` keeps the names apart of what
 * is added to the same incident later.
 */
export function store(id: string, ranked: readonly Ranked[], blobs: Blobs, part = ''): Promise<EvidenceSeries[]> {
  return Promise.all(
    ranked.map(async (each, n) => {
      const blob = `incidents/${id}/evidence/${part}${n}.json`;
      await blobs.put(blob, encoder.encode(JSON.stringify(each.samples.map(({ t, v }) => [t, v]))), 'application/json');
      return toEvidence(each, blob);
    }),
  );
}

function toEvidence({ indicator, labels, samples, rating, silentFor, unrated }: Ranked, blob: string): EvidenceSeries {
  const { score, median, last, movedAt } = rating;
  return {
    indicator: indicator.id,
    title: indicator.title,
    unit: indicator.unit,
    series: seriesText(labelsWithoutSecrets(labels)),
    score,
    last,
    median,
    movedAt: movedAt === null ? null : Math.round(movedAt * 1000),
    blob,
    spark: thinned(samples, median),
    ...(silentFor !== null && { silentFor }),
    ...(unrated && { unrated }),
  };
}

/** Of the language, not of a platform. */
declare const TextEncoder: new () => { encode(text: string): Uint8Array };
const encoder = new TextEncoder();

/** At most 60 values; of those that share a place the one furthest from usual stays, or the spike would be gone. */
export function thinned(samples: readonly Sample[], median: number): number[] {
  if (samples.length <= SPARK) return samples.map(({ v }) => v);
  return Array.from({ length: SPARK }, (_, i) => {
    const share = samples.slice(
      Math.floor((i * samples.length) / SPARK),
      Math.floor(((i + 1) * samples.length) / SPARK),
    );
    return share.map(({ v }) => v).reduce((a, b) => (Math.abs(b - median) > Math.abs(a - median) ? b : a));
  });
}
