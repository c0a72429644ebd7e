import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answers, freePorts, missing, startProcess, until } from '../real/processes.ts';

export const REGION = 'eu-central-1';
/** Any will do: nothing checks them. */
export const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

export interface Ministack {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** MiniStack from PyPI, from this folder's .venv where there is one. */
function program(): string {
  const own = join(import.meta.dirname, '../../.venv/bin/ministack');
  if (existsSync(own)) return own;
  if (missing(['ministack']).length > 0) {
    throw new Error(
      'ministack is missing: python3 -m venv .venv && .venv/bin/pip install -r test/aws/requirements.txt',
    );
  }
  return 'ministack';
}

/** Starts local AWS on a free port; everything it keeps is in a folder that goes with it. */
export async function startMinistack(more: Readonly<Record<string, string>> = {}): Promise<Ministack> {
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-ministack-'));
  const [port = 0] = await freePorts(1);
  const environment = { ...process.env, GATEWAY_PORT: String(port), MINISTACK_HOST: '127.0.0.1', ...more };
  const log = join(folder, 'ministack.log');
  const started = startProcess(program(), [], log, environment);
  const endpoint = `http://127.0.0.1:${port}`;
  await until('MiniStack', () => answers(`${endpoint}/_ministack/health`));
  return {
    endpoint,
    async stop() {
      await started.stop('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
