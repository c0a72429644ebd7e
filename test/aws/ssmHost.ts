import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SSMClient } from '@aws-sdk/client-ssm';
import { type SsmRunnerOptions, ssmRunner } from '../../lib/adapters/aws/runner.ts';
import type { Host } from '../../lib/model/host.ts';
import type { Runbook } from '../../lib/model/runbook.ts';
import type { RunbookRunner } from '../../lib/ports/runner.ts';
import { deploy } from '../servers/ssm/deploy.ts';
import { type SsmServer, type SsmServerOptions, startSsm } from '../servers/ssm/server.ts';
import { CREDENTIALS, REGION } from './ministack.ts';

export const INSTANCE = 'i-0123456789abcdef0';
export const PREFIX = 'nightshift-test-';
export const clock = { now: () => Date.now() };

export interface OneHost {
  readonly server: SsmServer;
  readonly folder: string;
  readonly host: Host;
  readonly reader: SSMClient;
  runner(more?: Partial<SsmRunnerOptions>): RunbookRunner;
  deploy(runbook: Runbook): Promise<void>;
  client(more?: { readonly maxAttempts?: number; readonly timeout?: number }): SSMClient;
  close(): Promise<void>;
}

/** One machine behind the SSM test host, and clients of it as the functions have them. */
export async function oneHost(options: SsmServerOptions = {}): Promise<OneHost> {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-ssm-'));
  mkdirSync(join(folder, 'scratch'));
  const server = await startSsm({ hosts: [{ instanceId: INSTANCE, folder: join(folder, 'host') }], ...options });
  const clients: SSMClient[] = [];
  const client: OneHost['client'] = ({ maxAttempts = 3, timeout = 5000 } = {}) => {
    const made = new SSMClient({
      endpoint: server.endpoint,
      region: REGION,
      credentials: CREDENTIALS,
      maxAttempts,
      requestHandler: { requestTimeout: timeout, throwOnRequestTimeout: true },
    });
    clients.push(made);
    return made;
  };
  const reader = client();
  return {
    server,
    folder,
    host: HOST,
    reader,
    client,
    runner: (more = {}) =>
      ssmRunner({
        sender: client({ maxAttempts: 1, timeout: 500 }),
        reader,
        documentPrefix: PREFIX,
        delivery: 30_000,
        clock,
        ...more,
      }),
    deploy: (runbook) => deploy(reader, `${PREFIX}${runbook.name}`, runbook),
    async close() {
      for (const one of clients) one.destroy();
      await server.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}

const HOST: Host = {
  id: INSTANCE,
  name: 'db1',
  cluster: 'main',
  addresses: ['10.0.0.5'],
  services: ['redis'],
  labels: {},
  state: 'online',
  launchedAt: 0,
  restart: {},
};
