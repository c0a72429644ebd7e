import { whyUnscored } from '../../api/unscored.ts';
import type { Health } from '../../loop/operations.ts';
import type { AuditReport } from '../../loop/rootsVerify.ts';
import type { Watched } from '../../loop/watched.ts';
import type { Policy } from '../../model/catalogue.ts';
import type { Host } from '../../model/host.ts';
import type { Incident } from '../../model/incident.ts';
import type { Client } from '../client.ts';
import { type Output, oneLine, paint, paintWord, print, printJson, printTable, time, word } from '../output.ts';

const matcherText = ({ label, op, value }: Policy['match'][number]): string => `${label}${op}${JSON.stringify(value)}`;

export async function policies(client: Client, output: Output): Promise<number> {
  const answer = await client.get<{ bundleHash: string; items: readonly Policy[] }>('/api/policies');
  if (output.json) return printJson(output, answer);
  const rows = answer.items.map((policy) => [
    policy.name,
    policy.pack,
    policy.autonomy,
    policy.runbooks.map(({ name }) => name).join(', '),
    policy.match.map(matcherText).join(' '),
  ]);
  printTable(output, ['POLICY', 'PACK', 'AUTONOMY', 'RUNBOOKS', 'MATCH'], rows);
  print(output, paint(output, 'dim', `bundle ${answer.bundleHash}`));
  return 0;
}

export async function watches(client: Client, output: Output): Promise<number> {
  const answer = await client.get<{ items: readonly Watched[] }>('/api/watches');
  if (output.json) return printJson(output, answer);
  if (answer.items.length === 0) {
    print(output, 'Nothing is watched: watch.packs has none, and watch.own neither.');
    return 0;
  }
  const rows = answer.items.map((watch) => [
    watch.id,
    String(watch.series),
    watch.alarms === 0 ? '-' : String(watch.alarms),
    String(watch.maxFalseAlarmsPerWeek),
    watch.tell,
    saidOf(watch),
    watch.title,
  ]);
  printTable(output, ['WATCH', 'SERIES', 'ALARMS', 'FALSE/WEEK', 'TELLS', 'USEFUL', 'TITLE'], rows);
  if (answer.items.every(({ scoredUpTo }) => scoredUpTo === null))
    print(output, oneLine(whyUnscored(await client.get<Health>('/health'))));
  for (const line of unscored(answer.items)) print(output, oneLine(line));
  for (const { id, suggestion } of answer.items)
    if (suggestion !== null) print(output, paint(output, 'dim', `${id}: ${suggestion}`));
  return 0;
}

function saidOf({ precision, useful, useless, earlier }: Watched): string {
  const now = precision === null ? '-' : `${Math.round(100 * precision)} % of ${useful + useless}`;
  return earlier === 0 ? now : `${now} (${earlier} earlier)`;
}

/** What is wrong with many is said once. */
function unscored(items: readonly Watched[]): readonly string[] {
  const groups = Map.groupBy(items, ({ problem }) => problem);
  return [...groups].flatMap(([problem, of]) => {
    if (problem === null) return [];
    const [names, more] = [of.slice(0, 3).map(({ id }) => id), of.length - 3];
    return [`not scored: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}: ${problem}`];
  });
}

export async function hosts(client: Client, output: Output): Promise<number> {
  const answer = await client.get<{ items: readonly Host[] }>('/api/hosts');
  if (output.json) return printJson(output, answer);
  const rows = answer.items.map((host) => [
    host.id,
    host.name,
    host.cluster,
    word(host.state),
    host.services.join(' ') || '-',
  ]);
  printTable(output, ['ID', 'NAME', 'CLUSTER', 'STATE', 'SERVICES'], rows);
  return 0;
}

export async function health(client: Client, output: Output): Promise<number> {
  const answer = await client.get<Health>('/health');
  const code = answer.status === 'down' ? 1 : 0;
  if (output.json) {
    printJson(output, answer);
    return code;
  }
  print(
    output,
    `${paintWord(output, answer.status)}  Nightshift ${answer.version} at ${client.url} since ${time(answer.startedAt)}`,
  );
  const rows = answer.dependencies.map((one) => [
    one.name,
    word(one.status),
    one.latency === null ? '-' : `${one.latency} ms`,
    one.detail,
  ]);
  printTable(output, ['DEPENDENCY', 'STATUS', 'LATENCY', 'DETAIL'], rows);
  return code;
}

export async function replay(client: Client, output: Output, id: string): Promise<number> {
  const path = `/api/replay/${encodeURIComponent(id)}`;
  const answer = await client.send<{ incident: Incident; same: boolean }>('POST', path, {});
  if (output.json) printJson(output, answer);
  else if (answer.same)
    print(
      output,
      `${id}: ${paint(output, 'green', 'the same')}: its ${answer.incident.version} events yield the live state`,
    );
  else print(output, `${id}: ${paint(output, 'red', 'different')}: its events do not yield the live state`);
  return answer.same ? 0 : 1;
}

type Audit = AuditReport;

function printAudit(output: Output, { problems, roots, events, streams }: Audit): void {
  for (const { stream, version, problem } of problems)
    print(output, `${paint(output, 'red', '✗')} ${oneLine(stream)} at ${version}: ${oneLine(problem)}`);
  const [first] = problems;
  if (first !== undefined) print(output, `The first bad place is ${oneLine(first.stream)} at ${first.version}.`);
  const verdict = first === undefined ? paint(output, 'green', 'whole') : paint(output, 'red', 'broken');
  print(output, `The audit log is ${verdict}: ${events} events in ${streams} streams.`);
  if (roots === null) print(output, 'Without a public key (--key) the signed roots were not checked.');
  else if (roots.last === null) print(output, 'No root has been signed yet.');
  else print(output, `${roots.count} signed roots, the last one, ${roots.last.seq}, of ${time(roots.last.at)}.`);
}

function tellAudit(output: Output, answer: Audit): number {
  if (output.json) printJson(output, answer);
  else printAudit(output, answer);
  return answer.problems.length === 0 ? 0 : 1;
}

export async function auditVerify(client: Client, output: Output): Promise<number> {
  return tellAudit(output, await client.send<Audit>('POST', '/api/audit/verify', {}));
}

/** Asks nobody: reads a data folder, or a copy of one, with the public key that was exported from it. */
export async function auditVerifyCopy(output: Output, folder: string, keyFile: string | null): Promise<number> {
  const { verifyCopy } = await import('../../composition/audit.ts');
  return tellAudit(output, await verifyCopy(folder, keyFile));
}
