import { parseDuration } from '../../language/duration.ts';
import { invalid } from '../../model/errors.ts';
import type { DemotionRecord, StopRecord, WindowRecord } from '../../model/incident.ts';
import type { Client } from '../client.ts';
import { type Output, oneLine, paint, print, printJson, printTable, time } from '../output.ts';

export interface StopOptions {
  readonly for?: string;
  readonly reason?: string;
  readonly lift?: boolean;
}

function reasonOf(reason: string | undefined): string {
  if (reason) return reason;
  throw invalid('cli.reason', 'A reason is needed: the audit keeps it.', {
    field: '--reason',
    expected: "--reason '…'",
  });
}

async function showStop(client: Client, output: Output): Promise<number> {
  const answer = await client.get<{ stop: StopRecord | null }>('/api/stop');
  if (output.json) return printJson(output, answer);
  print(output, answer.stop === null ? 'No stop stands.' : sentence(output, answer.stop));
  return 0;
}

const sentence = (output: Output, stop: StopRecord): string =>
  `${paint(output, 'red', 'Stopped')} until ${time(stop.until)} by ${oneLine(stop.by)}: ${oneLine(stop.reason)}`;

/** Without options it tells what stands. */
export async function stop(client: Client, output: Output, options: StopOptions): Promise<number> {
  if (options.lift === true) {
    const answer = await client.send('DELETE', '/api/stop', { reason: reasonOf(options.reason) });
    if (output.json) return printJson(output, answer);
    print(output, 'The stop is lifted.');
    return 0;
  }
  if (options.for === undefined && options.reason === undefined) return showStop(client, output);
  const until = Date.now() + parseDuration(options.for ?? '1h');
  const record = await client.send<StopRecord>('POST', '/api/stop', { until, reason: reasonOf(options.reason) });
  if (output.json) return printJson(output, record);
  print(output, sentence(output, record));
  return 0;
}

function whenOf({ when }: WindowRecord): string {
  if ('from' in when) return `${time(when.from)} to ${time(when.until)}`;
  const names = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
  return `${when.days.map((day) => names[day - 1]).join(',')} ${when.at} ${when.zone} for ${when.lasts / 60_000}m`;
}
const scopeOf = ({ scope }: WindowRecord): string => {
  const parts = Object.entries(scope).filter(([, value]) => value !== null);
  return parts.map(([name, value]) => `${name}=${value}`).join(' ') || 'everything';
};

export async function listWindows(client: Client, output: Output): Promise<number> {
  const answer = await client.get<{ items: readonly WindowRecord[] }>('/api/windows');
  if (output.json) return printJson(output, answer);
  if (answer.items.length === 0) print(output, 'No windows.');
  else {
    const rows = answer.items.map((one) => [one.id, one.kind, whenOf(one), scopeOf(one), one.by, one.reason]);
    printTable(output, ['ID', 'KIND', 'WHEN', 'SCOPE', 'BY', 'REASON'], rows);
  }
  return 0;
}

export interface WindowOptions {
  readonly from?: string;
  readonly until?: string;
  readonly for?: string;
  readonly days?: string;
  readonly at?: string;
  readonly zone?: string;
  readonly cluster?: string;
  readonly host?: string;
  readonly service?: string;
  readonly reason?: string;
}

function instant(text: string, field: string): number {
  const millis = Date.parse(text);
  if (!Number.isNaN(millis)) return millis;
  throw invalid('cli.time', `'${text}' is no time.`, { field, expected: 'such as 2026-01-31T22:00:00Z' });
}

const DAY_NAMES = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
function daysOf(text: string): number[] {
  return text.split(',').map((day) => {
    const at = DAY_NAMES.indexOf(day.trim().toLowerCase());
    if (at >= 0) return at + 1;
    throw invalid('cli.days', `'${day}' is no day.`, { field: '--days', expected: 'such as mon,tue,sat' });
  });
}

function weeklyOf(days: string, options: WindowOptions): WindowRecord['when'] {
  const { at, zone } = options;
  if (at === undefined || zone === undefined || options.for === undefined) {
    const expected = '--days sat,sun --at 22:30 --zone Europe/Berlin --for 2h';
    throw invalid('cli.window', 'A weekly window needs days, time, zone and length.', { field: '--days', expected });
  }
  return { days: daysOf(days), at, zone, lasts: parseDuration(options.for) };
}

function onceOf(options: WindowOptions): WindowRecord['when'] {
  const from = options.from === undefined ? Date.now() : instant(options.from, '--from');
  if (options.until !== undefined) return { from, until: instant(options.until, '--until') };
  if (options.for !== undefined) return { from, until: from + parseDuration(options.for) };
  const expected = '--for 2h, --until <time>, or --days with --at, --zone and --for';
  throw invalid('cli.window', 'When does the window end?', { field: '--for', expected });
}

export async function addWindow(client: Client, output: Output, kind: string, options: WindowOptions): Promise<number> {
  const { cluster = null, host = null, service = null } = options;
  const when = options.days === undefined ? onceOf(options) : weeklyOf(options.days, options);
  const body = { kind, when, scope: { cluster, host, service }, reason: reasonOf(options.reason) };
  const record = await client.send<WindowRecord>('POST', '/api/windows', body);
  if (output.json) return printJson(output, record);
  print(output, `${record.id}: ${record.kind}, ${whenOf(record)}, ${scopeOf(record)}`);
  return 0;
}

export async function removeWindow(client: Client, output: Output, id: string): Promise<number> {
  const answer = await client.send('DELETE', `/api/windows/${encodeURIComponent(id)}`, {});
  if (output.json) return printJson(output, answer);
  print(output, `${id} is removed.`);
  return 0;
}

export async function listDemotions(client: Client, output: Output): Promise<number> {
  const answer = await client.get<{ items: readonly DemotionRecord[] }>('/api/demotions');
  if (output.json) return printJson(output, answer);
  if (answer.items.length === 0) print(output, 'No demotions.');
  else {
    const rows = answer.items.map((one) => [one.policy, one.cluster, one.to, time(one.at), one.reason]);
    printTable(output, ['POLICY', 'CLUSTER', 'TO', 'SINCE', 'REASON'], rows);
  }
  return 0;
}

export async function liftDemotion(client: Client, output: Output, policy: string, cluster: string, reason: string) {
  const path = `/api/demotions/${encodeURIComponent(policy)}/${encodeURIComponent(cluster)}`;
  const answer = await client.send('DELETE', path, { reason });
  if (output.json) return printJson(output, answer);
  print(output, `${policy} has its autonomy back in ${cluster}.`);
  return 0;
}
