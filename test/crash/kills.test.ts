import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bundled } from './bundled.ts';
import { randomFrom, SEED } from './seed.ts';
import type { Kind } from './world.ts';

const EXAMPLE = resolve(import.meta.dirname, '../../infra/example');
const WIDTH = 6;
const RANDOM_RUNS = 40;

/** Of calls that are made over and over, the first few and not each. Every append is a step of the protocol. */
const MOST: Readonly<Record<string, number>> = { 'ledger.append': 40, 'http.request': 8, 'ledger.read': 5 };
const most = (method: string) => MOST[method] ?? 2;

interface Report {
  /** By any of the lives that came after a kill. */
  readonly foundSending: boolean;
  readonly incidents: readonly { readonly state: string; readonly plans: readonly string[] }[];
  readonly executions: readonly string[];
  readonly verifications: readonly (string | null)[];
  readonly ran: readonly string[];
  readonly told: readonly string[];
  readonly audit: readonly unknown[];
}
/** One life that is to end by SIGKILL. */
interface Life {
  readonly args: readonly string[];
  /** From outside, after this many milliseconds; null where it kills itself. */
  readonly after: number | null;
}
interface Run {
  readonly name: string;
  readonly kind: Kind;
  readonly lives: readonly Life[];
}

let place = '';
let program = '';
beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'nightshift-kills-'));
  program = await bundled(join(import.meta.dirname, 'child.ts'), join(place, 'child.mjs'));
}, 60_000);
afterAll(() => rmSync(place, { recursive: true, force: true }));

interface Ended {
  readonly said: string;
  readonly signal: NodeJS.Signals | null;
}

function start(folder: string, args: readonly string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, folder, EXAMPLE, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: join(place, 'cache') },
  });
  let said = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  return { child, ended: new Promise((done) => child.once('close', (_, signal) => done({ said, signal }))) };
}

function freshFolder(): string {
  const folder = mkdtempSync(join(place, 'run-'));
  writeFileSync(join(folder, 'began'), String(Date.now()));
  return folder;
}

async function runWhole(folder: string, kind: Kind): Promise<Report> {
  const { said } = await start(folder, [kind]).ended;
  return JSON.parse(said) as Report;
}

/** Whether it was killed: it may have been through before. */
async function live(folder: string, kind: Kind, { args, after }: Life): Promise<boolean> {
  const { child, ended } = start(folder, [kind, ...args]);
  const timer = after === null ? null : setTimeout(() => child.kill('SIGKILL'), after);
  const { signal } = await ended;
  if (timer !== null) clearTimeout(timer);
  return signal === 'SIGKILL';
}

/** Killed as often as is asked, then started again and left alone until nothing is left to do. */
async function killedAndRestarted({ kind, lives }: Run): Promise<{ report: Report; kills: number }> {
  const folder = freshFolder();
  let kills = 0;
  for (const one of lives) if (await live(folder, kind, one)) kills += 1;
  const report = await runWhole(folder, kind);
  rmSync(folder, { recursive: true, force: true });
  return { report, kills };
}

/** Every call of the reference run, before and after it. */
function stepsOf(kind: Kind, trace: readonly string[], wanted: (method: string) => boolean): Run[] {
  const counts = Map.groupBy(trace.filter(wanted), (method) => method);
  return [...counts].flatMap(([method, calls]) =>
    Array.from({ length: Math.min(calls.length, most(method)) }, (_, at) =>
      ['before', 'after'].map((when) => ({
        name: `${kind}: ${when} ${method} ${at + 1}`,
        kind,
        lives: [{ args: [method, String(at + 1), when], after: null }],
      })),
    ).flat(),
  );
}

/** Moments that nobody chose; every second run is killed again while it recovers. */
function moments(kind: Kind, count: number, took: number, random: () => number): Run[] {
  return Array.from({ length: count }, (_, at) => {
    const times = Array.from({ length: 1 + (at % 2) }, () => Math.floor((0.15 + 0.8 * random()) * took));
    return {
      name: `${kind}: after ${times.join(' ms and again after ')} ms`,
      kind,
      lives: times.map((after) => ({ args: [], after })),
    };
  });
}

/** What the run is about, without what only tells of the kill. */
const outcome = ({ incidents, executions, verifications, ran }: Report) => ({
  incidents,
  executions,
  verifications,
  ran: ran.length,
});

function problemOf(report: Report): string | null {
  if (report.audit.length > 0) return `the audit is broken: ${JSON.stringify(report.audit)}`;
  if (report.ran.length > 1) return `the host ran it ${report.ran.length} times`;
  if (JSON.stringify(outcome(report)) === JSON.stringify(UNKILLED)) return null;
  const unknown = report.executions.join() === 'unknown' && report.told.includes('escalate');
  if (report.foundSending && unknown) return null;
  return `ended otherwise: ${JSON.stringify(report)}`;
}

const UNKILLED = {
  incidents: [{ state: 'closed', plans: ['verified'] }],
  executions: ['succeeded'],
  verifications: ['verified'],
  ran: 1,
};

/** A run that nothing disturbed: its calls, and how long it took once its code was compiled. */
async function reference(kind: Kind): Promise<{ trace: string[]; took: number }> {
  await runWhole(freshFolder(), kind);
  const folder = freshFolder();
  const began = Date.now();
  expect(outcome(await runWhole(folder, kind))).toEqual(UNKILLED);
  return { trace: readFileSync(join(folder, 'trace'), 'utf8').trim().split('\n'), took: Date.now() - began };
}

test('killed at every step and at random: no alert lost, nothing run twice, the same end or a person told', async () => {
  const random = randomFrom(SEED);
  const engine = await reference('engine');
  const careless = await reference('careless');
  const waiting = [
    ...stepsOf('engine', engine.trace, (method) => /^(ledger\.append|runner\.|queue\.)/.test(method)),
    ...moments('engine', RANDOM_RUNS, engine.took, random),
    ...stepsOf('careless', careless.trace, () => true),
    ...moments('careless', RANDOM_RUNS, careless.took, random),
  ];
  const problems: string[] = [];
  let kills = 0;
  let unknown = 0;
  const lane = async () => {
    for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) {
      const ended = await killedAndRestarted(run);
      kills += ended.kills;
      if (ended.report.executions.includes('unknown')) unknown += 1;
      const problem = problemOf(ended.report);
      if (problem !== null) problems.push(`${run.name}: ${problem}`);
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, lane));
  process.stderr.write(`${kills} kills (seed ${SEED}), ${unknown} ended in unknown with a person told\n`);
  expect(problems).toEqual([]);
  expect(kills).toBeGreaterThanOrEqual(200);
}, 600_000);
