import type { Incident, IncidentSummary, StoredEvent } from '../../model/incident.ts';
import { nameIn, nameOf } from '../../model/named.ts';
import type { Signal } from '../../model/signal.ts';
import { gaps } from '../../notification/words.ts';
import type { Client } from '../client.ts';
import { ago, type Output, oneLine, paint, paintWord, print, printJson, printTable, time, word } from '../output.ts';

export interface ListOptions {
  readonly state?: string;
  readonly host?: string;
  readonly service?: string;
  readonly cluster?: string;
  readonly severity?: string;
  readonly limit?: string;
  readonly cursor?: string;
}
interface Page {
  readonly items: readonly IncidentSummary[];
  readonly next: string | null;
}

function queryOf(options: ListOptions): string {
  const names = ['state', 'host', 'service', 'cluster', 'severity', 'limit', 'cursor'] as const;
  const query = new URLSearchParams();
  for (const name of names) if (options[name] !== undefined) query.set(name, options[name]);
  return query.size === 0 ? '' : `?${query}`;
}

export async function list(client: Client, output: Output, options: ListOptions): Promise<number> {
  const page = await client.get<Page>(`/api/incidents${queryOf(options)}`);
  if (output.json) return printJson(output, page);
  if (page.items.length === 0) {
    print(output, 'No incidents.');
    return 0;
  }
  const now = Date.now();
  const rows = page.items.map((item) => [
    item.id,
    word(item.state),
    word(item.severity),
    nameIn(item),
    item.host ?? '-',
    item.service ?? '-',
    item.cluster,
    word(item.plan ?? '-'),
    ago(item.openedAt, now),
  ]);
  printTable(output, ['ID', 'STATE', 'SEVERITY', 'ALERT', 'HOST', 'SERVICE', 'CLUSTER', 'PLAN', 'AGE'], rows);
  if (page.next !== null) print(output, paint(output, 'dim', `more: --cursor ${page.next}`));
  return 0;
}

export const path = (id: string): string => `/api/incidents/${encodeURIComponent(id)}`;

export function printHead(output: Output, incident: Incident): void {
  const { subject } = incident;
  const place = [subject.host, subject.service, subject.cluster].filter((part) => part !== null).join(', ');
  const state = paintWord(output, incident.state);
  print(
    output,
    `${paint(output, 'bold', oneLine(nameOf(incident)))}  ${state}  ${paintWord(output, incident.severity)}`,
  );
  print(output, `${incident.id}  ${oneLine(place)}  opened ${time(incident.openedAt)}`);
  const { summary = '', description = '' } = incident.firstSignal?.annotations ?? {};
  for (const text of new Set([summary, description])) if (text !== '') print(output, oneLine(text));
  if (incident.acknowledgedBy !== null) print(output, `acknowledged by ${oneLine(incident.acknowledgedBy)}`);
}

const BARS = '▁▂▃▄▅▆▇█';
function sparkline(values: readonly (number | null)[]): string {
  const known = values.filter((value): value is number => value !== null && Number.isFinite(value));
  const low = Math.min(...known);
  const span = Math.max(...known) - low || 1;
  return values.map((value) => (value === null ? ' ' : BARS[Math.round(((value - low) / span) * 7)])).join('');
}

function printEvidence(output: Output, { evidence }: Incident): void {
  if (evidence === null) return;
  print(output, `\n${paint(output, 'bold', 'Evidence')}  ${oneLine(evidence.summary)}`);
  for (const one of evidence.ranked.slice(0, 5))
    print(
      output,
      `  ${sparkline(one.spark)}  ${oneLine(one.title)}: ${one.last} ${one.unit} (usually ${one.median}, score ${one.score})`,
    );
  for (const { names, reason } of gaps(evidence.missing))
    print(output, `  missing ${oneLine(names)}: ${oneLine(reason)}`);
}

function heard({ labels, status, annotations }: Signal): string {
  const { alertname = '', watch } = labels;
  const name = watch === undefined ? alertname : `${alertname} of ${watch}`;
  return [name, status, annotations.summary ?? ''].filter((part) => part !== '').join(' · ');
}

/** What an event says beside its type. */
function detailOf({ event }: StoredEvent): string {
  if (event.type === 'signal.heard') return heard(event.signal);
  const named = event as unknown as Readonly<Record<string, unknown>>;
  const parts = ['to', 'reason', 'text', 'channel', 'outcome', 'detail'].map((name) => named[name]);
  return parts.filter((part) => typeof part === 'string' && part !== '').join(' · ');
}

export async function show(client: Client, output: Output, id: string): Promise<number> {
  const incident = await client.get<Incident>(path(id));
  const timeline = await client.get<{ items: readonly StoredEvent[] }>(`${path(id)}/timeline`);
  if (output.json) return printJson(output, { incident, timeline: timeline.items });
  printHead(output, incident);
  printEvidence(output, incident);
  print(output, `\n${paint(output, 'bold', 'Timeline')}`);
  for (const stored of timeline.items)
    print(
      output,
      `  ${time(stored.at)}  ${stored.event.type.padEnd(22)} ${oneLine(stored.actor.name)}  ${oneLine(detailOf(stored))}`,
    );
  return 0;
}
