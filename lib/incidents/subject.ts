import type { Labels, ResponseLevel, Severity } from '../model/basic.ts';
import type { CorrelationKey, Incident } from '../model/incident.ts';
import type { LabelNames, Subject } from '../model/signal.ts';

const SEVERITIES: readonly Severity[] = ['critical', 'warning', 'info'];
/** Worst first; `unknown` counts as critical because a page too many costs less than one too few. */
const RANK: Readonly<Record<Severity, number>> = { critical: 0, unknown: 0, warning: 1, info: 2 };

const first = (labels: Labels, names: readonly string[]): string | null => {
  for (const name of names) {
    const value = labels[name];
    if (value !== undefined && value !== '') return value;
  }
  return null;
};

function severityOf(text: string | null): Severity {
  return SEVERITIES.find((severity) => severity === text?.toLowerCase()) ?? 'unknown';
}

/** Without a level of its own, a critical alert asks for attention (2) and everything else may be mended first (1). */
function levelOf(text: string | null, severity: Severity): ResponseLevel {
  if (text === '1' || text === '2' || text === '3') return Number(text) as ResponseLevel;
  return severity === 'critical' || severity === 'unknown' ? 2 : 1;
}

/** The one place where label names become meanings. A missing cluster is the cluster named `local`, as in the inventory. */
export function subjectOf(labels: Labels, names: LabelNames): Subject {
  const severity = severityOf(first(labels, names.severity));
  return {
    alertname: labels.alertname ?? 'unnamed',
    cluster: first(labels, names.cluster) ?? 'local',
    host: first(labels, names.host),
    service: first(labels, names.service),
    team: first(labels, names.team),
    severity,
    responseLevel: levelOf(first(labels, names.responseLevel), severity),
  };
}

export const worse = (a: Severity, b: Severity): Severity => (RANK[a] <= RANK[b] ? a : b);

export const correlationKey = ({ cluster, host, service }: Subject): CorrelationKey => ({ cluster, host, service });

/** Unambiguous whatever the labels contain. */
export const pointerKey = (key: CorrelationKey): string => JSON.stringify([key.cluster, key.host, key.service]);

/** The alert that says a whole host is gone: such an incident is the parent of that host's others. */
export const HOST_DOWN = 'HostDown';

export const saysHostDown = (subject: Subject): boolean => subject.alertname === HOST_DOWN && subject.host !== null;

/** Something in it says so now, whatever it began with. */
export const isHostDown = ({ key, episodes }: Incident): boolean =>
  key.host !== null && episodes.some(({ alertname, endsAt }) => alertname === HOST_DOWN && endsAt === null);
