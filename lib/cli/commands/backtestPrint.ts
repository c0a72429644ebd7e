import type { Comparison, IncidentPair, Pairs, Replayed } from '../../backtest/compare.ts';
import type { Alarm, DecisionFound, IncidentFound } from '../../backtest/found.ts';
import type { BacktestReport } from '../../composition/backtest.ts';
import { type Output, oneLine, paint, print, printTable, time } from '../output.ts';

/** Rows of one list that a person still reads; `--json` has all. */
const ROWS = 50;

const title = (output: Output, text: string) => print(output, `\n${paint(output, 'bold', text)}`);

function rows(output: Output, head: readonly string[], all: readonly (readonly string[])[]): void {
  printTable(output, head, all.slice(0, ROWS));
  if (all.length > ROWS) print(output, `… ${all.length - ROWS} more: --json has all of them`);
}

const place = ({ cluster, host, service }: Pick<IncidentFound, 'cluster' | 'host' | 'service'>) =>
  [cluster, host ?? '', service ?? ''].filter((part) => part !== '').join('/');

const what = ({ outcome, runbook, hosts }: DecisionFound) =>
  runbook === null ? outcome : `${outcome} ${runbook} on ${hosts.join(', ')}`;

/** What is the same on both sides is said once. */
function change(old: DecisionFound, fresh: DecisionFound): string {
  const same = old.runbook === fresh.runbook && old.hosts.join() === fresh.hosts.join();
  return `${same ? old.outcome : what(old)} → ${what(fresh)}`;
}

const incident = (one: IncidentFound) => [
  time(one.openedAt),
  one.endedAt === null ? 'open' : time(one.endedAt),
  one.alerts.join(', '),
  place(one),
  one.severity,
  one.paged ? 'yes' : 'no',
];
const INCIDENT = ['OPENED', 'ENDED', 'ALERTS', 'WHERE', 'SEVERITY', 'PAGED'];
/** In the columns of the things that can differ, what it was and what it is; the times are the new ones. */
function incidentChange({ old, new: fresh, differ }: IncidentPair): string[] {
  const before = incident(old);
  const isOther = (column: string | undefined) => differ.some((one) => one.toUpperCase() === column);
  return incident(fresh).map((text, at) => (isOther(INCIDENT[at]) ? `${before[at]} → ${text}` : text));
}
const alarm = (one: Alarm) => [
  time(one.begin),
  one.end === null ? 'on' : time(one.end),
  one.watch,
  one.series,
  one.summary,
];
const ALARM = ['BEGAN', 'ENDED', 'WATCH', 'SERIES', 'WHAT'];

/** Of one configuration: what it would have done. */
function printOne(output: Output, replayed: Replayed): void {
  const { alarms, incidents, decisions } = replayed;
  title(output, `Alarms: ${alarms.length}`);
  if (alarms.length > 0) rows(output, ALARM, alarms.map(alarm));
  title(output, `Incidents: ${incidents.length}`);
  if (incidents.length > 0) rows(output, INCIDENT, incidents.map(incident));
  title(output, `Decisions: ${decisions.length}`);
  if (decisions.length > 0)
    rows(
      output,
      ['TIME', 'ALERT', 'WHERE', 'DECISION', 'WHY'],
      decisions.map((one) => [time(one.at), one.alertname, place(one), what(one), one.reason]),
    );
}

const sides = <T>({ onlyOld, onlyNew }: Omit<Pairs<T>, 'both'>, row: (one: T) => string[]): string[][] => [
  ...onlyOld.map((one) => ['old', ...row(one)]),
  ...onlyNew.map((one) => ['new', ...row(one)]),
];

function printAlarms(output: Output, old: Replayed, fresh: Replayed, { alarms }: Comparison): void {
  const ids = new Set([...old.alarms, ...fresh.alarms].map(({ watch }) => watch));
  title(output, `Alarms: old ${old.alarms.length}, new ${fresh.alarms.length}`);
  if (ids.size === 0) return;
  const count = (list: readonly Alarm[], id: string) => String(list.filter(({ watch }) => watch === id).length);
  printTable(
    output,
    ['WATCH', 'OLD', 'NEW', 'ONLY OLD', 'ONLY NEW'],
    [...ids].map((id) => [
      id,
      ...[old.alarms, fresh.alarms, alarms.onlyOld, alarms.onlyNew].map((one) => count(one, id)),
    ]),
  );
  const alone = sides(alarms, alarm);
  if (alone.length > 0) print(output);
  if (alone.length > 0) rows(output, ['ONLY', ...ALARM], alone);
}

function printIncidents(output: Output, old: Replayed, fresh: Replayed, { incidents }: Comparison): void {
  const all = [...incidents.both.map((pair) => ['both', ...incidentChange(pair)]), ...sides(incidents, incident)];
  title(output, `Incidents: old ${old.incidents.length}, new ${fresh.incidents.length}, ${all.length} differ`);
  if (all.length > 0) rows(output, ['SIDE', ...INCIDENT], all);
}

function printDecisions(output: Output, old: Replayed, fresh: Replayed, { decisions }: Comparison): void {
  const { both, onlyOld, onlyNew } = decisions;
  const differ = both.length + onlyOld.length + onlyNew.length;
  title(output, `Decisions: old ${old.decisions.length}, new ${fresh.decisions.length}, ${differ} differ`);
  const about = (one: DecisionFound, changed: string) => ({
    at: one.at,
    row: [time(one.at), one.alertname, place(one), changed, one.reason],
  });
  const all = [
    ...both.map((pair) => about(pair.new, change(pair.old, pair.new))),
    ...onlyOld.map((one) => about(one, `${what(one)} → none`)),
    ...onlyNew.map((one) => about(one, `none → ${what(one)}`)),
  ];
  const sorted = all.toSorted((a, b) => a.at - b.at).map(({ row }) => row);
  if (sorted.length > 0) rows(output, ['TIME', 'ALERT', 'WHERE', 'OLD → NEW', 'WHY'], sorted);
}

/** How often each outcome came: `2 run, 5 shadow`. */
function outcomes({ decisions }: Replayed): string {
  const counts = Map.groupBy(decisions, ({ outcome }) => outcome);
  return [...counts].map(([outcome, list]) => `${list.length} ${outcome}`).join(', ') || 'none';
}

function printTotals(output: Output, name: string, one: Replayed & { readonly folder: string }): void {
  const paged = one.incidents.filter((found) => found.paged).length;
  const silent = one.watches.filter(({ series }) => series === 0).length;
  const line = `${name} ${oneLine(one.folder)}: watches ${one.watches.length} (${silent} without data), `;
  print(
    output,
    `${line}alarms ${one.alarms.length}, incidents ${one.incidents.length} (${paged} paged), decisions: ${outcomes(one)}`,
  );
  for (const problem of one.problems) print(output, `${paint(output, 'yellow', '!')} ${name}: ${oneLine(problem)}`);
}

/** Milliseconds; null where an archive begins or ends. */
export interface Bounds {
  readonly from: number | null;
  readonly to: number | null;
}

/** For people: what differs, or without an old configuration what there would have been. */
export function printReport(output: Output, span: Bounds, report: BacktestReport): void {
  const from = span.from === null ? 'the first sample' : time(span.from);
  const to = span.to === null ? 'the last' : time(span.to);
  print(output, `${from} to ${to}, firings of alerts: ${report.alerts}`);
  print(output, `samples found: ${time(report.recorded.first)} to ${time(report.recorded.last)}`);
  const { old, new: fresh, comparison } = report;
  if (old === null || comparison === null) printOne(output, fresh);
  else {
    printAlarms(output, old, fresh, comparison);
    printIncidents(output, old, fresh, comparison);
    printDecisions(output, old, fresh, comparison);
  }
  title(output, 'Totals');
  if (old !== null) printTotals(output, 'old', old);
  printTotals(output, 'new', fresh);
  if (comparison !== null) print(output, comparison.differ ? 'They differ.' : 'No difference.');
}
