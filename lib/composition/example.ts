import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { StandIn } from '../../infra/example/standIn.ts';
import type { Deps } from '../loop/deps.ts';
import type { Host } from '../model/host.ts';
import { loadBundle, loadSettings } from './catalogueFiles.ts';
import { narrate } from './narrate.ts';
import { run, type StartOptions, untilTold } from './run.ts';

const EXAMPLE = resolve(import.meta.dirname, '../../infra/example');
const HOST = 'toy-host';

/** Not among those that a system gives to whoever asks for any: nobody else gets it before it is listened on. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((done) => {
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
}

/** Starts the toy as a process of its own session, so that it outlives the shell that starts it. */
const startToy = (port: number) => [
  '/bin/sh',
  '-c',
  `setsid '${process.execPath}' '${EXAMPLE}/toy.mjs' ${port} >/dev/null 2>&1 </dev/null & echo started`,
];

/** Kept in memory: a file would be read by an example that runs already, which a second one must not disturb. */
const hostOf = (toyPort: number): Host => ({
  id: HOST,
  name: HOST,
  cluster: 'local',
  addresses: ['127.0.0.1'],
  services: ['toy'],
  labels: {},
  state: 'online',
  launchedAt: null,
  restart: { toy: startToy(toyPort) },
});

const say = (line: string) => void process.stdout.write(`${line}\n`);

/** `npm start -- --example`: a toy service, a stand-in for Prometheus and Alertmanager, and the real loop between them. */
export async function startExample(options: StartOptions): Promise<number> {
  const folder = resolve(options.data ?? 'data/example');
  const since = Date.now();
  const [toyPort, standInPort] = [await freePort(), await freePort()];
  const toy = `http://127.0.0.1:${toyPort}`;
  const standInUrl = `http://127.0.0.1:${standInPort}`;
  const settings = {
    ...(await loadSettings(options.config ?? null, process.env)),
    dataFolder: folder,
    prometheus: { url: standInUrl, timeout: 5_000 },
    alertmanager: { url: standInUrl, timeout: 5_000 },
    runner: { delivery: 30_000, poll: 200 },
    closeAfter: 3_000,
  };
  const bundle = await loadBundle({ packsFolder: join(EXAMPLE, 'packs'), policiesFolder: join(EXAMPLE, 'policies') });
  const log = {
    info: () => undefined,
    warn: () => undefined,
    error: (message: string, fields?: unknown) => say(`! ${message} ${JSON.stringify(fields)}`),
  };
  const inventory = { hosts: async () => [hostOf(toyPort)] };
  const wrap = (deps: Deps) => ({ ...deps, inventory });
  const running = await run({ settings, bundle, inventoryFile: null, log, wrap });
  const standIn = new StandIn({
    port: standInPort,
    toy,
    webhook: `${running.url}/webhooks/alertmanager`,
    webhookToken: settings.intake.tokens[0] ?? null,
    labels: { cluster: 'local', host: HOST, service: 'toy' },
    log: say,
  });
  await begin(standIn, startToy(toyPort));
  say(`Nightshift is ready at ${running.url}, watching a toy service at ${toy}/metrics\n`);
  say(`Kill the toy from another terminal and watch it come back:\n\n  curl -X POST ${toy}/kill\n`);
  const narrator = narrate(running.embedded.deps, running.url, say, since);
  await untilTold();
  narrator.stop();
  await standIn.stop();
  await fetch(`${toy}/kill`, { method: 'POST' }).catch(() => undefined);
  await running.stop();
  return 0;
}

async function begin(standIn: StandIn, argv: readonly string[]): Promise<void> {
  const { spawn } = await import('node:child_process');
  const [file = '', ...rest] = argv;
  spawn(file, rest, { stdio: 'ignore' });
  await standIn.start();
}
