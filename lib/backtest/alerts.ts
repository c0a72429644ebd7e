import { fingerprintOf } from '../intake/fingerprint.ts';
import { seriesText } from '../language/seriesText.ts';
import type { Labels, Millis } from '../model/basic.ts';
import { failed, isNightshiftError } from '../model/errors.ts';
import { signalWithoutSecrets } from '../model/secrets.ts';
import type { Signal } from '../model/signal.ts';
import type { Ids } from '../ports/edges.ts';
import type { Metrics, Series } from '../ports/metrics.ts';

/** An alert began or ended to fire. */
export interface AlertEdge {
  readonly at: Millis;
  readonly status: Signal['status'];
  readonly startsAt: Millis;
  readonly labels: Labels;
}

const FIRING = 'ALERTS{alertstate="firing"}';
/** Rules are seldom evaluated more often. */
const STEP = 15_000;
/** Points that are looked at together: an hour. */
const SLICE = 240;

interface Firing {
  readonly labels: Labels;
  readonly startsAt: Millis;
  last: Millis;
}

/**
 * What fired between the two times, as Prometheus wrote it down, in the order of time. An alert that fired before counts from
 * the first of them. Annotations, `startsAt`, external labels, silences and inhibitions are not in it. Throws what `range` throws,
 * but `failed` `backtest.alerts` for a refusal: the query is none of the caller's.
 */
export async function recordedAlerts(
  history: Pick<Metrics, 'range'>,
  from: Millis,
  to: Millis,
  progress: (share: number) => void,
): Promise<readonly AlertEdge[]> {
  const edges: AlertEdge[] = [];
  const open = new Map<string, Firing>();
  const first = Math.ceil(from / STEP) * STEP;
  for (let begin = first; begin <= to; begin += SLICE * STEP) {
    const end = Math.min(begin + (SLICE - 1) * STEP, begin + Math.floor((to - begin) / STEP) * STEP);
    for (const series of await firing(history, begin, end)) follow(series, open, edges);
    for (const [name, one] of open) {
      if (one.last >= end) continue;
      edges.push(over(one));
      open.delete(name);
    }
    progress((end - from) / Math.max(1, to - from));
  }
  // Of one moment the ends come first: what fires again at once has ended before.
  return edges.toSorted((a, b) => a.at - b.at || (a.status === b.status ? 0 : a.status === 'resolved' ? -1 : 1));
}

async function firing(history: Pick<Metrics, 'range'>, from: Millis, to: Millis): Promise<readonly Series[]> {
  try {
    return await history.range(FIRING, from, to, STEP);
  } catch (cause) {
    if (!isNightshiftError(cause) || cause.kind !== 'input') throw cause;
    throw failed('backtest.alerts', `it cannot be read what fired: ${cause.message}`, { cause });
  }
}

function follow({ labels, samples }: Series, open: Map<string, Firing>, edges: AlertEdge[]): void {
  const name = seriesText(labels);
  for (const { t } of samples) {
    const at = Math.round(t * 1000);
    const firing = open.get(name);
    if (firing !== undefined && at - firing.last <= STEP) {
      firing.last = at;
      continue;
    }
    if (firing !== undefined) edges.push(over(firing));
    const { __name__: _, alertstate: __, ...own } = labels;
    open.set(name, { labels: own, startsAt: at, last: at });
    edges.push({ at, status: 'firing', startsAt: at, labels: own });
  }
}

const over = ({ labels, startsAt, last }: Firing): AlertEdge => ({
  at: last + STEP,
  status: 'resolved',
  startsAt,
  labels,
});

/** As it would have been heard from the webhook. */
export function signalOf({ at, status, startsAt, labels }: AlertEdge, ids: Pick<Ids, 'next'>): Signal {
  return signalWithoutSecrets({
    id: ids.next('sig'),
    source: 'alertmanager',
    receivedAt: at,
    fingerprint: fingerprintOf(labels),
    status,
    startsAt,
    endsAt: status === 'firing' ? null : at,
    labels,
    annotations: {},
    generatorURL: null,
  });
}
