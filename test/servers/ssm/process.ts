import { join } from 'node:path';
import { answers, freePorts, startProcess, until } from '../../real/processes.ts';
import type { Fault } from './faults.ts';
import type { SsmHost } from './hosts.ts';
import type { Start } from './ledger.ts';
import type { Call } from './server.ts';

/** The SSM test host in a process of its own, as functions that run elsewhere see it, and a test's hand on it. */
export interface SsmProcess {
  readonly endpoint: string;
  ledger(): Promise<readonly Start[]>;
  calls(): Promise<readonly Call[]>;
  addFaults(...faults: Fault[]): Promise<void>;
  clearFaults(): Promise<void>;
  putHost(host: Partial<SsmHost> & Pick<SsmHost, 'instanceId'>): Promise<void>;
  advance(ms: number): Promise<void>;
  stop(): Promise<void>;
}

/** `events` is where EventBridge is. Its log is `ssm.log` in the folder. */
export async function startSsmProcess(folder: string, hosts: readonly SsmHost[], events?: string): Promise<SsmProcess> {
  const [port = 0] = await freePorts(1);
  const args = ['--port', String(port), '--hosts', JSON.stringify(hosts), ...(events ? ['--events', events] : [])];
  const main = join(import.meta.dirname, 'main.ts');
  const started = startProcess(process.execPath, [main, ...args], join(folder, 'ssm.log'));
  const endpoint = `http://127.0.0.1:${port}`;
  await until('the SSM test host', () => answers(`${endpoint}/_test/hosts`));
  const control = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${endpoint}/_test/${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
    return answer.json() as Promise<unknown>;
  };
  return {
    endpoint,
    ledger: async () => (await control('GET', 'ledger')) as readonly Start[],
    calls: async () => (await control('GET', 'calls')) as readonly Call[],
    addFaults: async (...faults) => void (await control('POST', 'faults', faults)),
    clearFaults: async () => void (await control('DELETE', 'faults')),
    putHost: async (host) => void (await control('PUT', 'hosts', host)),
    advance: async (ms) => void (await control('POST', 'clock', ms)),
    stop: () => started.stop(),
  };
}
