import { diagnose as measure } from '../diagnosis/diagnose.ts';
import { withJoined, withoutJoined } from '../diagnosis/joined.ts';
import { selectorFor } from '../language/selectors.ts';
import type { Labels } from '../model/basic.ts';
import type { Indicator } from '../model/catalogue.ts';
import { describe } from '../model/errors.ts';
import type { Episode, Evidence, Incident } from '../model/incident.ts';
import { departureOf } from '../scoring/departure.ts';
import { ANOMALY, fingerprintOf, NO_DATA, tellsOf } from '../watch/signals.ts';
import { watchesOf } from '../watch/watches.ts';
import type { Change } from './change.ts';
import type { Deps } from './deps.ts';
import { isOver } from './wake.ts';

/** Looks at what joined, in the life of an incident, and watches that one looks at: a storm of anomalies is no storm of queries. */
const JOINS = 3;
const WATCHES = 8;

/** The indicators of the packs that serve this incident's service; a host without a service has those of the host itself. */
async function indicatorsOf(deps: Deps, incident: Incident): Promise<readonly Indicator[]> {
  const { packs } = await deps.catalogue.active();
  const { service } = incident.key;
  const wanted = packs.filter(({ services, name }) =>
    service === null ? name === 'node' : services.includes(service) || name === 'node',
  );
  return wanted.flatMap(({ indicators }) => indicators);
}

/** What told of the incident before all others: it is asked also where all others are not in time. */
interface Own {
  readonly indicators: readonly Indicator[];
  readonly looksAt: (indicator: Indicator, labels: Labels) => boolean;
}

/**
 * The watches whose anomalies are in the incident, beside the indicators that are asked anyway: one that an operator added, and an
 * indicator of a pack that serves another service. Their expressions are those of all hosts; looked at is what was told of.
 */
async function watchesIn(
  deps: Deps,
  { episodes }: Pick<Incident, 'episodes'>,
  asked: readonly Indicator[],
): Promise<Own> {
  const told = episodes.filter(({ source }) => source === 'watch');
  const named = new Set(told.map(({ labels }) => labels.watch));
  const fingerprints = new Set(told.map(({ fingerprint }) => fingerprint));
  const known = new Set(asked.map(({ id }) => id));
  const list = told.length === 0 ? [] : watchesOf(await deps.catalogue.active(), deps.settings.watch);
  const indicators = list
    .filter(({ id }) => named.has(id) && !known.has(id))
    .map(({ id, title, expr, unit, direction, kind }) => {
      // A counter says nothing by its height; the watch has seen its rate.
      const seen = kind === 'counter' ? `rate((${expr})[5m:])` : expr;
      return { id, pack: '', title, expr: seen, unit, direction, normal: '' };
    });
  const own = new Set<Indicator>(indicators);
  const counters = new Set(list.filter(({ kind }) => kind === 'counter').map(({ id }) => id));
  const isTold = (id: string, labels: Labels) =>
    [ANOMALY, NO_DATA].some((name) => fingerprints.has(fingerprintOf(name, id, labels, deps.sha256)));
  // A rate has lost the name that is part of the fingerprint.
  const isRateTold = (id: string, labels: Labels) => told.some((one) => tellsOf(one.labels, id, labels));
  const looksAt = (indicator: Indicator, labels: Labels) =>
    !own.has(indicator) || (counters.has(indicator.id) ? isRateTold : isTold)(indicator.id, labels);
  return { indicators, looksAt };
}

/** Evidence or the reason why there is none; either lets the decision go on, which has its own opinion of missing data. */
export async function diagnose(deps: Deps, incident: Incident): Promise<Change> {
  if (deps.metrics === null && deps.cloud === null)
    return { events: [{ type: 'diagnosis.failed', reason: 'no Prometheus is configured' }] };
  try {
    const usual = await indicatorsOf(deps, incident);
    const own = await watchesIn(deps, incident, usual);
    const evidence = await measure(
      {
        subject: incident.subject,
        indicators: [...own.indicators, ...usual],
        looksAt: own.looksAt,
        selectors: (indicator: Indicator) => selectorOf(deps, incident, indicator),
        at: incident.openedAt,
        settings: deps.settings.diagnosis,
        now: () => deps.clock.now(),
        id: incident.id,
        labels: incident.firstSignal?.labels ?? {},
      },
      deps.metrics,
      deps.blobs,
      departureOf,
      deps.cloud,
    );
    const told = fingerprintsOf(incident.episodes.filter(({ source }) => source === 'watch'));
    return { events: [{ type: 'diagnosis.made', evidence: { ...evidence, told } }] };
  } catch (error) {
    deps.log.warn('diagnosis failed', { incident: incident.id, error: describe(error) });
    return { events: [{ type: 'diagnosis.failed', reason: describe(error) }] };
  }
}

const fingerprintsOf = (episodes: readonly Episode[]) => [...new Set(episodes.map(({ fingerprint }) => fingerprint))];

/** What the watch list found after the evidence was made, and fires still; none where it was looked often enough, or it is over. */
function joinedIn(incident: Incident, { told, joins = 0 }: Evidence): readonly Episode[] {
  // Of evidence that was made before it said so nobody knows what it looked for.
  if (told === undefined || joins >= JOINS || isOver(incident)) return [];
  return incident.episodes.filter(
    ({ source, endsAt, fingerprint }) => source === 'watch' && endsAt === null && !told.includes(fingerprint),
  );
}

/**
 * The evidence with what joined since, measured up to when it was heard of; null where nothing did. It never loses what it has: where
 * the new series cannot be had, it says so of them. Each finding is looked for once.
 */
export async function diagnoseJoined(deps: Deps, incident: Incident): Promise<Change | null> {
  const { evidence: before } = incident;
  if (before === null) return null;
  const joined = joinedIn(incident, before);
  if (joined.length === 0) return null;
  const evidence = await measureJoined(deps, incident, before, joined);
  const told = [...(before.told ?? []), ...fingerprintsOf(joined)];
  return { events: [{ type: 'diagnosis.made', evidence: { ...evidence, told, joins: (before.joins ?? 0) + 1 } }] };
}

async function measureJoined(
  deps: Deps,
  incident: Incident,
  before: Evidence,
  joined: readonly Episode[],
): Promise<Evidence> {
  const ids = [...new Set(joined.flatMap(({ labels }) => labels.watch ?? []))];
  const all = (reason: string) => ids.map((indicator) => ({ indicator, reason }));
  if (deps.metrics === null) return withoutJoined(before, all('no Prometheus is configured'));
  try {
    const { indicators, looksAt } = await watchesIn(deps, { episodes: joined }, []);
    const asked = indicators.slice(0, WATCHES);
    const unasked = ids
      .filter((id) => !asked.some((indicator) => indicator.id === id))
      .map((id) => {
        const isKnown = indicators.some((indicator) => indicator.id === id);
        return { indicator: id, reason: isKnown ? 'not asked: too much joined at once' : 'it is not watched any more' };
      });
    const input = {
      subject: incident.subject,
      indicators: asked,
      looksAt,
      selectors: (indicator: Indicator) => selectorOf(deps, incident, indicator),
      at: Math.max(...joined.map(({ lastHeard }) => lastHeard)),
      settings: deps.settings.diagnosis,
      now: () => deps.clock.now(),
      id: incident.id,
      // Whoever else looks at the same version looks at the same.
      part: `${incident.version}-`,
      unasked,
    };
    return await withJoined(before, input, deps.metrics, deps.blobs, departureOf);
  } catch (error) {
    deps.log.warn('what joined could not be looked at', { incident: incident.id, error: describe(error) });
    return withoutJoined(before, all(describe(error)));
  }
}

/** A host's own indicators are asked for the host, a service's for the service on it. */
function selectorOf(deps: Deps, incident: Incident, indicator: Indicator): string {
  const service = indicator.pack === 'node' ? 'node' : incident.key.service;
  return selectorFor({ host: incident.key.host, service }, deps.settings.labels, incident.firstSignal?.labels ?? {});
}
