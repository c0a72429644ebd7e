import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Serving, serve } from '../../lib/adapters/embedded/httpServer.ts';
import { type Harness, harness } from '../api/harness.ts';

export const BIN = resolve(import.meta.dirname, '../../bin/nightshift.mjs');

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** An API over scripted operations and a folder from which the CLI finds it. */
export interface Stage {
  readonly harness: Harness;
  readonly serving: Serving;
  readonly folder: string;
  readonly run: (args: readonly string[], env?: Readonly<Record<string, string>>, cwd?: string) => Promise<Ran>;
  readonly close: () => Promise<void>;
}

export async function stage(token = 'admin-token'): Promise<Stage> {
  const made = harness();
  const serving = await serve({ fetch: made.fetch, host: '127.0.0.1', port: 0, maxBytes: 1_000_000 });
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-cli-'));
  mkdirSync(join(folder, 'data'));
  mkdirSync(join(folder, 'deep/er'), { recursive: true });
  writeFileSync(join(folder, 'data/instance.json'), JSON.stringify({ url: `http://127.0.0.1:${serving.port}` }));
  writeFileSync(join(folder, 'data/token'), `${token}\n`);
  return {
    harness: made,
    serving,
    folder,
    run: (args, env = {}, cwd = folder) => nightshift(args, env, cwd),
    async close() {
      await serving.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The real command in a process of its own, with nothing in its environment but what is given. */
export function nightshift(args: readonly string[], env: Readonly<Record<string, string>>, cwd: string): Promise<Ran> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, [BIN, ...args], {
      cwd,
      env: { PATH: process.env.PATH ?? '', ...env },
      // A command that does not end by itself is a failure to be told, not waited for.
      timeout: 60_000,
      killSignal: 'SIGKILL',
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    child.once('error', failed);
    child.once('close', (code) => done({ code: code ?? -1, out, err }));
  });
}
