import { readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, loadavg, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { aws } from './aws.ts';
import { coldStart } from './coldStart.ts';
import { dispatch } from './dispatch.ts';
import { intake } from './intake.ts';
import { diskOf, fdatasyncP50, versionOf } from './machine.ts';
import { memory } from './memory.ts';
import { type Row, reached, type Section } from './rows.ts';
import { startup } from './startup.ts';

const SECTIONS: readonly Section[] = [intake, dispatch, startup, memory, coldStart, aws];
const RESULTS = join(import.meta.dirname, 'results.json');
const DOCUMENT = join(import.meta.dirname, '../docs/benchmarks.md');
const [BEGIN, END] = ['<!-- figures -->', '<!-- /figures -->'];

const HELP = `Usage: npm run bench [-- section …]

Measures this machine, beside peers in the same run, and writes bench/results.json and the table of docs/benchmarks.md.

${SECTIONS.map(({ name, about }) => `  ${name.padEnd(10)}${about}`).join('\n')}
`;

const figure = (value: number) =>
  value >= 1000 ? Math.round(value).toLocaleString('en-US') : value.toFixed(value >= 100 ? 0 : 1);

function cells(row: Row): string[] {
  const good = reached(row);
  return [
    row.section,
    row.what,
    `${figure(row.ours)} ${row.unit}`,
    row.peer === null ? '' : `${figure(row.peer.value)} (${row.peer.name})`,
    row.goal ?? '',
    good === null ? '' : good ? 'reached' : 'MISSED',
  ];
}
const HEAD = ['Section', 'Measured', 'Nightshift', 'Peer', 'Goal', ''];

function table(rows: readonly Row[]): string {
  const lines = [HEAD, ...rows.map(cells)];
  const widths = HEAD.map((_, at) => Math.max(...lines.map((line) => (line[at] ?? '').length)));
  return lines
    .map((line) =>
      line
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

interface Measured {
  readonly machine: Readonly<Record<string, unknown>>;
  readonly conditions: {
    readonly measuredAt: string;
    readonly loadBefore: number;
    readonly loadAfter: number;
    readonly fdatasyncP50: number;
  };
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly rows: readonly Row[];
}
type Results = Readonly<Record<string, Measured>>;

const machine = () => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  kernel: release(),
  arch: arch(),
  disk: diskOf(tmpdir()),
  node: process.version,
  sqlite: process.versions.sqlite,
  alertmanager: versionOf('prometheus-alertmanager'),
});
const load = () => Math.round((loadavg()[0] ?? 0) * 100) / 100;

async function measure(section: Section): Promise<Measured> {
  process.stderr.write(`${section.name}: ${section.about}\n`);
  const before = { measuredAt: new Date().toISOString(), loadBefore: load(), fdatasyncP50: fdatasyncP50() };
  const rows = await section.run();
  return {
    machine: machine(),
    conditions: { ...before, loadAfter: load() },
    parameters: section.parameters,
    rows,
  };
}

function known(): Results {
  try {
    return JSON.parse(readFileSync(RESULTS, 'utf8')) as Results;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return {};
    throw error;
  }
}

/** What the machine was like is said for each section: they need not have been measured in one run. */
function about({ machine: of, conditions }: Measured): string {
  const { measuredAt, loadBefore, loadAfter } = conditions;
  const sync = conditions.fdatasyncP50.toFixed(2);
  return `${measuredAt}; ${of.cores} cores (${of.cpu}), ${of.memoryGb} GB, ${of.disk}, fdatasync of 4 kB p50 ${sync} ms; Node ${of.node}; load ${loadBefore} before and ${loadAfter} after`;
}

function writeDocument(results: Results): void {
  const text = readFileSync(DOCUMENT, 'utf8');
  const all = Object.values(results);
  const markdown = [HEAD, HEAD.map(() => '---'), ...all.flatMap(({ rows }) => rows.map(cells))]
    .map((line) => `| ${line.join(' | ')} |`)
    .join('\n');
  const when = Object.entries(results).map(([name, of]) => `- ${name}: ${about(of)}`);
  const [head = '', rest = ''] = text.split(BEGIN);
  const [, tail = ''] = rest.split(END);
  writeFileSync(DOCUMENT, `${head}${BEGIN}\n\n${markdown}\n\n${when.join('\n')}\n\n${END}${tail}`);
}

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const unknown = wanted.find((name) => !SECTIONS.some((section) => section.name === name));
  if (wanted.includes('--help') || unknown !== undefined) {
    process.stdout.write(HELP);
    process.exitCode = wanted.includes('--help') ? 0 : 2;
    return;
  }
  const measured: Record<string, Measured> = {};
  for (const section of SECTIONS.filter(({ name }) => wanted.length === 0 || wanted.includes(name)))
    measured[section.name] = await measure(section);
  process.stdout.write(`\n${table(Object.values(measured).flatMap(({ rows }) => rows))}\n\n`);
  for (const [name, of] of Object.entries(measured)) process.stdout.write(`${name}: ${about(of)}\n`);
  const all = { ...known(), ...measured };
  const results = Object.fromEntries(
    SECTIONS.flatMap(({ name }) => (name in all ? [[name, all[name]]] : [])),
  ) as Results;
  writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  writeDocument(results);
}

await main();
