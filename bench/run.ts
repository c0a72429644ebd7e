import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { dispatch } from './dispatch.ts';
import { intake } from './intake.ts';
import { memory } from './memory.ts';
import { type Row, reached, type Section } from './rows.ts';
import { startup } from './startup.ts';

const SECTIONS: readonly Section[] = [intake, dispatch, startup, memory];
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

interface Results {
  readonly machine: Readonly<Record<string, unknown>>;
  readonly rows: readonly Row[];
}

const machine = () => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  kernel: release(),
  arch: arch(),
  node: process.version,
  loadBefore: loadavg()[0],
  measuredAt: new Date().toISOString(),
});

function known(): Results | null {
  try {
    return JSON.parse(readFileSync(RESULTS, 'utf8')) as Results;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return null;
    throw error;
  }
}

function writeDocument({ machine: of, rows }: Results): void {
  const text = readFileSync(DOCUMENT, 'utf8');
  const markdown = [HEAD, HEAD.map(() => '---'), ...rows.map(cells)]
    .map((line) => `| ${line.join(' | ')} |`)
    .join('\n');
  const about = `Measured ${String(of.measuredAt)} on ${of.cores} cores (${of.cpu}), ${of.memoryGb} GB, Node ${of.node}; load before ${of.loadBefore}.`;
  const [head = '', rest = ''] = text.split(BEGIN);
  const [, tail = ''] = rest.split(END);
  writeFileSync(DOCUMENT, `${head}${BEGIN}\n\n${about}\n\n${markdown}\n\n${END}${tail}`);
}

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const unknown = wanted.find((name) => !SECTIONS.some((section) => section.name === name));
  if (wanted.includes('--help') || unknown !== undefined) {
    process.stdout.write(HELP);
    process.exitCode = wanted.includes('--help') ? 0 : 2;
    return;
  }
  const sections = SECTIONS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  const of = machine();
  const rows: Row[] = [];
  for (const section of sections) {
    process.stderr.write(`${section.name}: ${section.about}\n`);
    rows.push(...(await section.run()));
  }
  process.stdout.write(`\n${table(rows)}\n`);
  const kept = (known()?.rows ?? []).filter(({ section }) => !sections.some(({ name }) => name === section));
  const order = (row: Row) => SECTIONS.findIndex(({ name }) => name === row.section);
  const results = { machine: of, rows: [...kept, ...rows].sort((a, b) => order(a) - order(b)) };
  mkdirSync(import.meta.dirname, { recursive: true });
  writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  writeDocument(results);
}

await main();
