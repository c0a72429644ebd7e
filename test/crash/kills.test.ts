import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bundled } from './bundled.ts';

const EXAMPLE = resolve(import.meta.dirname, '../../infra/example');
const WIDTH = 3;
const RANDOM_KILLS = 45;
const SEED = Number(process.env.NIGHTSHIFT_SEED ?? Date.now() % 100_000);

/** Of calls that are made over and over, the first few and not each. Every append is a step of the protocol. */
const MOST: Readonly<Record<string, number>> = { 'ledger.append': 40, 'http.request': 8, 'ledger.read': 5 };
const most = (method: string) => MOST[method] ?? 3;

interface Report {
  readonly foundSending: boolean;
  readonly incidents: readonly { readonly state: string; readonly plans: readonly string[] }[];
  readonly executions: readonly string[];
  readonly verifications: readonly (string | null)[];
  readonly ran: number;
  readonly told: number;
  readonly audit: readonly unknown[];
}
interface Kill {
  readonly name: string;
  readonly args: readonly string[];
  /** From outside, after this many milliseconds; null where it kills itself. */
  readonly after: number | null;
}

let place = '';
let program = '';
beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'nightshift-kills-'));
  program = await bundled(join(import.meta.dirname, 'child.ts'), join(place, 'child.mjs'));
}, 60_000);
afterAll(() => rmSync(place, { recursive: true, force: true }));

function start(folder: string, args: readonly string[]): { child: ChildProcess; ended: Promise<string> } {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, folder, EXAMPLE, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: join(place, 'cache') },
  });
  let said = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  return { child, ended: new Promise((done) => child.once('close', () => done(said))) };
}

function freshFolder(): string {
  const folder = mkdtempSync(join(place, 'run-'));
  writeFileSync(join(folder, 'began'), String(Date.now()));
  return folder;
}

async function runWhole(folder: string): Promise<Report> {
  const said = await start(folder, []).ended;
  return JSON.parse(said) as Report;
}

/** Killed once, then started again and left alone until nothing is left to do. */
async function killedAndRestarted({ args, after }: Kill): Promise<Report> {
  const folder = freshFolder();
  const { child, ended } = start(folder, args);
  const timer = after === null ? null : setTimeout(() => child.kill('SIGKILL'), after);
  await ended;
  if (timer !== null) clearTimeout(timer);
  return runWhole(folder);
}

/** Every call of the reference run, before and after it, and moments that nobody chose. */
function killsOf(trace: readonly string[]): Kill[] {
  const counts = Map.groupBy(trace, (method) => method);
  const steps = [...counts].flatMap(([method, calls]) =>
    Array.from({ length: Math.min(calls.length, most(method)) }, (_, at) =>
      ['before', 'after'].map((when) => ({
        name: `${when} ${method} ${at + 1}`,
        args: [method, String(at + 1), when],
        after: null,
      })),
    ).flat(),
  );
  let state = SEED;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const moments = Array.from({ length: RANDOM_KILLS }, () => 150 + Math.floor(random() * 1_500));
  return [...steps, ...moments.map((after) => ({ name: `after ${after} ms`, args: [], after }))];
}

/** What the run is about, without what only tells of the kill. */
const outcome = ({ incidents, executions, verifications, ran }: Report) => ({
  incidents,
  executions,
  verifications,
  ran,
});

function problemOf(report: Report, reference: Report): string | null {
  if (report.audit.length > 0) return `the audit is broken: ${JSON.stringify(report.audit)}`;
  if (report.ran > 1) return `the host ran it ${report.ran} times`;
  if (JSON.stringify(outcome(report)) === JSON.stringify(outcome(reference))) return null;
  const unknown = report.executions.join() === 'unknown' && report.told > 0;
  if (report.foundSending && unknown) return null;
  return `ended otherwise: ${JSON.stringify(report)}`;
}

test('killed at every step and at random: no alert lost, nothing run twice, the same end or a person told', async () => {
  const folder = freshFolder();
  const reference = await runWhole(folder);
  expect(outcome(reference)).toEqual({
    incidents: [{ state: 'closed', plans: ['verified'] }],
    executions: ['succeeded'],
    verifications: ['verified'],
    ran: 1,
  });
  const waiting = killsOf(readFileSync(join(folder, 'trace'), 'utf8').trim().split('\n'));
  const total = waiting.length;
  const problems: string[] = [];
  let unknown = 0;
  const lane = async () => {
    for (let kill = waiting.shift(); kill !== undefined; kill = waiting.shift()) {
      const report = await killedAndRestarted(kill);
      if (report.executions.includes('unknown')) unknown += 1;
      const problem = problemOf(report, reference);
      if (problem !== null) problems.push(`${kill.name}: ${problem}`);
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, lane));
  process.stderr.write(`${total} kills (seed ${SEED}), ${unknown} ended in unknown with a person told\n`);
  expect(problems).toEqual([]);
  expect(total).toBeGreaterThanOrEqual(200);
}, 600_000);
