import type { Episode, Incident, IncidentSummary } from './incident.ts';

/** The watches whose findings are in an incident, in the order in which they came. */
export const watchesIn = (episodes: readonly Pick<Episode, 'source' | 'labels'>[]): readonly string[] => [
  ...new Set(episodes.flatMap(({ source, labels }) => (source === 'watch' ? (labels.watch ?? []) : []))),
];

/** Those of them that found an anomaly: that nothing comes any more is none, and has no sensitivity. */
export const anomaliesIn = (episodes: readonly Pick<Episode, 'source' | 'labels' | 'alertname'>[]): readonly string[] =>
  watchesIn(episodes.filter(({ alertname }) => alertname === 'Anomaly'));

/** What an alert is called among people: whatever the watch list finds has one of two names, and is known by its watch. */
export function named(alertname: string, watches: readonly string[] = []): string {
  const [first, ...others] = watches;
  if (first === undefined || (alertname !== 'Anomaly' && alertname !== 'NoData')) return alertname;
  return `${alertname} of ${first}${others.length === 0 ? '' : ` and ${others.length} more`}`;
}

export const nameOf = ({ subject, episodes }: Pick<Incident, 'subject' | 'episodes'>): string =>
  named(subject.alertname, watchesIn(episodes));
export const nameIn = ({ alertname, watches }: Pick<IncidentSummary, 'alertname' | 'watches'>): string =>
  named(alertname, watches);
