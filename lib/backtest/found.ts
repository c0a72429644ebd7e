import { fold } from '../incidents/fold.ts';
import { seriesText } from '../language/seriesText.ts';
import type { Millis, Severity } from '../model/basic.ts';
import type { Incident, StoredEvent } from '../model/incident.ts';
import type { Decision } from '../model/plan.ts';
import type { Signal } from '../model/signal.ts';
import type { Ledger } from '../ports/ledger.ts';
import { NO_DATA } from '../watch/signals.ts';

export interface Alarm {
  readonly watch: string;
  readonly series: string;
  readonly kind: 'anomaly' | 'no-data';
  readonly begin: Millis;
  /** Null where it lasted beyond the end. */
  readonly end: Millis | null;
  readonly summary: string;
}

export interface IncidentFound {
  readonly alertname: string;
  /** Everything that fired in it. */
  readonly alerts: readonly string[];
  readonly cluster: string;
  readonly host: string | null;
  readonly service: string | null;
  readonly severity: Severity;
  readonly openedAt: Millis;
  readonly endedAt: Millis | null;
  /** Whether a person would have been called. */
  readonly paged: boolean;
}

export interface DecisionFound {
  readonly at: Millis;
  readonly fingerprint: string;
  readonly alertname: string;
  readonly cluster: string;
  readonly host: string | null;
  readonly service: string | null;
  readonly policy: string | null;
  readonly outcome: Decision['outcome'];
  readonly runbook: string | null;
  readonly hosts: readonly string[];
  /** Rules that refused. */
  readonly refusedBy: readonly string[];
  /** The decision in a sentence. */
  readonly reason: string;
}

/** Alarms from the signals that told of them, in the order in which they began. */
export function alarmsOf(signals: readonly Signal[]): readonly Alarm[] {
  const alarms: Alarm[] = [];
  const open = new Map<string, number>();
  for (const { fingerprint, status, startsAt, endsAt, labels, annotations } of signals) {
    const at = open.get(fingerprint);
    const last = at === undefined ? undefined : alarms[at];
    if (status === 'resolved' && at !== undefined && last !== undefined) {
      alarms[at] = { ...last, end: endsAt };
      open.delete(fingerprint);
    }
    if (status === 'resolved' || at !== undefined) continue;
    const { alertname, watch = '', severity: _, response_level: __, ...own } = labels;
    open.set(fingerprint, alarms.length);
    const kind = alertname === NO_DATA ? 'no-data' : 'anomaly';
    alarms.push({
      watch,
      series: seriesText(own),
      kind,
      begin: startsAt,
      end: null,
      summary: annotations.summary ?? '',
    });
  }
  return alarms.toSorted((a, b) => a.begin - b.begin);
}

const PAGE = 200;

/** Every incident of a ledger with the decisions made in it, in the order of time. */
export async function foundIn(
  ledger: Pick<Ledger, 'list' | 'read'>,
): Promise<{ readonly incidents: readonly IncidentFound[]; readonly decisions: readonly DecisionFound[] }> {
  const incidents: IncidentFound[] = [];
  const decisions: DecisionFound[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Ledger['list']>> = await ledger.list({
      limit: PAGE,
      ...(cursor !== null && { cursor }),
    });
    for (const { id } of page.items) {
      const stored = await ledger.read(id);
      const incident = fold(stored);
      if (incident === null) continue;
      incidents.push(incidentOf(incident));
      decisions.push(...stored.flatMap((one) => decisionOf(incident, one)));
    }
    cursor = page.next;
  } while (cursor !== null);
  return {
    incidents: incidents.toSorted((a, b) => a.openedAt - b.openedAt),
    decisions: decisions.toSorted((a, b) => a.at - b.at),
  };
}

function incidentOf({ key, subject, episodes, severity, openedAt, resolvedAt, closedAt, paged }: Incident) {
  const alerts = [...new Set(episodes.map(({ alertname }) => alertname))];
  return { alertname: subject.alertname, alerts, ...key, severity, openedAt, endedAt: resolvedAt ?? closedAt, paged };
}

/** Not guards: which policy was found, and what followed. */
const SUMMED_UP: readonly string[] = ['policy', 'outcome'];

function decisionOf(incident: Incident, { event }: StoredEvent): DecisionFound[] {
  if (event.type !== 'decision.made') return [];
  const { at, policy, outcome, plan, reasons } = event.decision;
  const episode = incident.episodes.find(({ fingerprint }) => fingerprint === event.fingerprint);
  const against = reasons.filter(({ rule, verdict }) => verdict === 'refuse' && !SUMMED_UP.includes(rule));
  const said = reasons.find(({ rule }) => rule === 'outcome') ?? reasons.at(-1);
  const why = against.map(({ rule, text }) => `${rule}: ${text}`).join('; ');
  return [
    {
      at,
      fingerprint: event.fingerprint ?? '',
      alertname: episode?.alertname ?? incident.subject.alertname,
      ...incident.key,
      policy,
      outcome,
      runbook: plan?.runbook ?? null,
      hosts: plan?.targets.map(({ hostName }) => hostName) ?? [],
      refusedBy: against.map(({ rule }) => rule),
      reason: why === '' ? (said?.text ?? '') : `${said?.text ?? ''} (${why})`,
    },
  ];
}
