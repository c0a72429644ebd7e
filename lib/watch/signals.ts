import { seriesText } from '../language/seriesText.ts';
import type { Labels, Millis } from '../model/basic.ts';
import type { Signal } from '../model/signal.ts';
import type { Watch } from '../model/watch.ts';
import type { Finding } from './score.ts';
import type { Entry, Last } from './shard.ts';
import { similarText } from './similar.ts';

/** Names under which routes and policies can match what the watch list finds. */
export const ANOMALY = 'Anomaly' as const;
export const NO_DATA = 'NoData' as const;

export interface SignalContext {
  readonly receivedAt: Millis;
  readonly nextId: () => string;
  readonly sha256: (text: string) => string;
  /** How many watches of the same host or service went into alarm together, this one included. */
  readonly agreeing: (finding: Pick<Finding, 'labels' | 'since'>) => number;
}

/** So many series together are no chance: a person looks now. */
const CERTAIN = 3;

/** What names a series' firing: the same for as long as watch and labels are. */
export const fingerprintOf = (
  alertname: typeof ANOMALY | typeof NO_DATA,
  watch: string,
  labels: Labels,
  sha256: SignalContext['sha256'],
): string => sha256(`${alertname} ${watch} ${seriesText(labels)}`).slice(0, 16);

/** Labels that a signal has of its own, whatever its series calls so. */
const OWN: readonly string[] = ['alertname', 'watch', 'severity', 'response_level'];

/** Whether a signal of a watch tells of the series with these labels, by all of them but its name: a rate has none. */
export const tellsOf = (signal: Labels, watch: string, { __name__: _, ...labels }: Labels): boolean =>
  signal.watch === watch && Object.entries(labels).every(([name, is]) => OWN.includes(name) || signal[name] === is);

/** A finding as a signal: it correlates with the alerts of its host and service like any other. */
export function signalOf(finding: Finding, context: SignalContext): Signal {
  const { watch, labels, kind, since, at } = finding;
  const { __name__: _, ...own } = labels;
  const isSilence = kind === 'silent' || kind === 'heard';
  const firing = kind === 'begin' || kind === 'silent';
  const alertname = isSilence ? NO_DATA : ANOMALY;
  const agreeing = isSilence ? 1 : context.agreeing(finding);
  return {
    id: context.nextId(),
    source: 'watch',
    receivedAt: context.receivedAt,
    fingerprint: fingerprintOf(alertname, watch.id, labels, context.sha256),
    status: firing ? 'firing' : 'resolved',
    startsAt: since * 1000,
    endsAt: firing ? null : at * 1000,
    labels: {
      ...own,
      alertname,
      watch: watch.id,
      severity: isSilence ? 'info' : agreeing >= CERTAIN ? 'critical' : 'warning',
      response_level: agreeing >= CERTAIN ? '2' : '1',
    },
    annotations: annotationsOf(finding, agreeing),
    generatorURL: null,
  };
}

function annotationsOf({ watch, kind, since, last, reasons, similar }: Finding, agreeing: number): Labels {
  if (kind === 'silent') {
    const summary = `${watch.title}: no data since ${new Date(since * 1000).toISOString()}`;
    return { summary, query: watch.expr };
  }
  if (last === null || kind === 'heard') return { summary: `${watch.title}: data again`, query: watch.expr };
  const others = agreeing > 1 ? `${agreeing - 1} other series of this place moved with it.` : '';
  return {
    summary: summaryOf(watch, last),
    description: [...reasons.map((text) => `${text}.`), similarText(similar), others]
      .filter((text) => text !== '')
      .join(' '),
    query: watch.expr,
    score: last.score.toFixed(2),
  };
}

/** An anomaly in a sentence. */
export function summaryOf(
  { title, unit }: Pick<Watch, 'title' | 'unit'>,
  last: Omit<Last, 't' | 'score' | 'severity'>,
) {
  const usual = `expected ${number(last.expected)}, usually ${number(last.lower)} to ${number(last.upper)}`;
  return `${title} is unusual: ${number(last.v)}${unitOf(unit)}, ${usual}`;
}

const unitOf = (unit: string) => (unit === '' ? '' : ` ${unit}`);
const number = (value: number) => String(Number(value.toPrecision(4)));

/**
 * Counts the watches of a place whose alarms began within so many seconds of a finding's: series of one indicator that move together
 * are one piece of evidence. Of those that are on, and those that this round found.
 */
export function agreement(
  entries: readonly Pick<Entry, 'watch' | 'labels' | 'alarmSince'>[],
  findings: readonly Finding[],
  within: number,
  placeOf: (labels: Labels) => string,
): SignalContext['agreeing'] {
  const on = entries.flatMap(({ watch, labels, alarmSince }) =>
    alarmSince === null ? [] : [{ watch, place: placeOf(labels), since: alarmSince }],
  );
  const found = findings.flatMap(({ kind, watch, labels, since }) =>
    kind === 'begin' ? [{ watch: watch.id, place: placeOf(labels), since }] : [],
  );
  const places = Map.groupBy([...on, ...found], ({ place }) => place);
  return ({ labels, since }) => {
    const near = (places.get(placeOf(labels)) ?? []).filter((one) => Math.abs(one.since - since) <= within);
    return Math.max(1, new Set(near.map(({ watch }) => watch)).size);
  };
}
