import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const BIN = resolve(import.meta.dirname, '../bin/nightshift.mjs');

export function scratch(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-bench-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}

export async function untilAnswers(url: string, within = 20_000): Promise<void> {
  for (const end = Date.now() + within; Date.now() < end; ) {
    const answer = await fetch(url).catch(() => null);
    await answer?.arrayBuffer();
    if (answer?.ok) return;
    await new Promise((next) => setTimeout(next, 5));
  }
  throw new Error(`${url} did not answer within ${within} ms`);
}

export interface Server {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export async function startServer(
  program: string,
  args: readonly string[],
  url: string,
  ready: string,
): Promise<Server> {
  const child: ChildProcess = spawn(program, args, { stdio: 'ignore' });
  const gone = new Promise<void>((done) => child.once('exit', () => done()));
  await untilAnswers(ready);
  return {
    url,
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** A whole Nightshift with a queue that takes whatever comes, so that the door is measured and not its bound. */
export async function startNightshift(folder: string, more = ''): Promise<Server> {
  const port = await freePort();
  const config = join(folder, 'nightshift.yaml');
  writeFileSync(
    config,
    `listen: { host: 127.0.0.1, port: ${port} }\ndataFolder: ${join(folder, 'data')}\nintake: { maxWaiting: 5000000 }\n${more}`,
  );
  const url = `http://127.0.0.1:${port}`;
  return startServer(process.execPath, [BIN, 'start', '--config', config], url, `${url}/ready`);
}

/** Runs a program of this folder in a process of its own; its output as JSON. */
export function ask<T>(program: string, args: readonly string[]): Promise<T> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, program), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    child.once('close', () => {
      try {
        done(JSON.parse(said) as T);
      } catch (cause) {
        fail(new Error(`${program} said nothing that can be read`, { cause }));
      }
    });
  });
}

/** Resident set of a process in MB, now or at its highest, from /proc. */
export function residentMb(pid: number, which: 'VmRSS' | 'VmHWM' = 'VmRSS'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const [, size] = new RegExp(`${which}:\\s+(\\d+) kB`).exec(status) ?? [];
  return Number(size ?? 0) / 1024;
}

/** Processor time that a process has used so far in seconds, from /proc (which counts in hundredths). */
export function processorSeconds(pid: number): number {
  const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const fields = rest.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
