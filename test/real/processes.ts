import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { openSync } from 'node:fs';
import { createServer } from 'node:net';

/** Debian package of each program that the suites start. */
const PACKAGES: Readonly<Record<string, string>> = {
  prometheus: 'prometheus',
  promtool: 'prometheus',
  'prometheus-alertmanager': 'prometheus-alertmanager',
  'prometheus-redis-exporter': 'prometheus-redis-exporter',
  'prometheus-node-exporter': 'prometheus-node-exporter',
  'redis-server': 'redis-server',
  'redis-cli': 'redis-tools',
  java: 'default-jre-headless',
  curl: 'curl',
};

/** Says what is missing and how to get it; [] where all is there. */
export function missing(programs: readonly string[]): string[] {
  return programs
    .filter((program) => spawnSync('which', [program]).status !== 0)
    .map((program) => `${program} is missing: apt-get install ${PACKAGES[program] ?? program}`);
}

/** A suite without its component fails loudly; it is never skipped. */
export function need(...programs: string[]): void {
  const gone = missing(programs);
  if (gone.length > 0) throw new Error(gone.join('\n'));
}

/** Above what services have by custom, below what the kernel takes for outgoing connections: none of those takes one meanwhile. */
const [FIRST, LAST] = [15_000, 32_000];
const handedOut = new Set<number>();

export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = randomInt(FIRST, LAST);
    if (handedOut.has(port) || !(await isFree(port))) continue;
    handedOut.add(port);
    ports.push(port);
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((done) => {
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
}

export interface Started {
  readonly child: ChildProcess;
  /** Resolves when the process is no more. */
  readonly ended: Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export function startProcess(
  program: string,
  args: readonly string[],
  logFile: string,
  env: NodeJS.ProcessEnv = process.env,
): Started {
  const log = openSync(logFile, 'a');
  const child = spawn(program, args, { stdio: ['ignore', log, log], env });
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  return {
    child,
    ended,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await ended;
    },
  };
}

/** Asks until the answer is not null; says what was waited for when the time is over. */
export async function until<T>(what: string, ask: () => Promise<T | null> | T | null, within = 60_000): Promise<T> {
  const end = Date.now() + within;
  let last: unknown = null;
  while (Date.now() < end) {
    try {
      const answer = await ask();
      if (answer !== null) return answer;
    } catch (error) {
      last = error;
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`waited ${within} ms in vain for ${what}${last === null ? '' : `: ${String(last)}`}`);
}

export const answers = async (url: string): Promise<true | null> => ((await fetch(url)).ok ? true : null);
