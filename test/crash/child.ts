import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadBundle, loadSettings } from '../../lib/composition/catalogueFiles.ts';
import { createEmbedded } from '../../lib/composition/embedded.ts';
import type { Deps } from '../../lib/loop/deps.ts';
import type { Bundle } from '../../lib/model/catalogue.ts';
import type { Incident } from '../../lib/model/incident.ts';
import type { Settings } from '../../lib/model/settings.ts';
import type { Signal } from '../../lib/model/signal.ts';
import { type Kind, labels, worldIn } from './world.ts';

// The whole embedded loop as a process of its own: hears one alert, mends a service that is one line in a file, and ends when
// there is nothing left to do. Told to, it kills itself before or after the n-th call of a port.
// Usage: child <folder> <examples> engine|careless [<port.method> <n> before|after]
const [folder = '', examples = '', kind = '', target = '', nth = '0', when = 'before'] = process.argv.slice(2);
const world = worldIn(folder, kind as Kind);
const acknowledged = join(folder, 'acknowledged');
const sending = join(folder, 'found-sending');
const trace = join(folder, 'trace');

let calls = 0;
function dies(name: string, now: 'before' | 'after'): void {
  if (name !== target || now !== when) return;
  if (now === 'before') calls += 1;
  if (calls === Number(nth)) process.kill(process.pid, 'SIGKILL');
}

/** Every call of a port is written down, and may be the last. */
function watched<T extends object>(port: string, of: T): T {
  return new Proxy(of, {
    get(object, method) {
      const value = Reflect.get(object, method);
      if (typeof value !== 'function') return value;
      const name = `${port}.${String(method)}`;
      return async (...parameters: unknown[]) => {
        if (target === '') appendFileSync(trace, `${name}\n`);
        if (when === 'after' && name === target) calls += 1;
        dies(name, 'before');
        const result = await value.apply(object, parameters);
        dies(name, 'after');
        return result;
      };
    },
  });
}

const { metrics, alertmanager } = world.ports;
const wrap = (deps: Deps): Deps => ({
  ...deps,
  ledger: watched('ledger', deps.ledger),
  queue: watched('queue', deps.queue),
  blobs: watched('blobs', deps.blobs),
  runner: watched('runner', world.ports.runner ?? deps.runner),
  metrics: metrics && watched('metrics', metrics),
  alertmanager: alertmanager && watched('alertmanager', alertmanager),
  http: watched('http', world.ports.http),
});

function quick(bundle: Bundle): Bundle {
  const policies = bundle.policies.map((policy) => ({
    ...policy,
    verification: { ...policy.verification, stabilisation: 60, within: 10_000 },
    guards: { ...policy.guards, recurrence: 0 },
  }));
  return { ...bundle, policies };
}

async function settingsHere(): Promise<Settings> {
  return {
    ...(await loadSettings(null, {})),
    dataFolder: join(folder, 'data'),
    prometheus: { url: 'http://scripted', timeout: 1_000 },
    alertmanager: { url: 'http://scripted', timeout: 1_000 },
    sweep: { every: 40, reconcileEvery: 80 },
    runner: { delivery: 30_000, poll: 20 },
    closeAfter: 0,
    channels: { hook: { kind: 'webhook', url: 'http://scripted', token: '' } },
    routes: [{ match: [], severity: [], team: '', channels: ['hook'], fallback: [] }],
  };
}

const problems: string[] = [];
const silent = {
  info: () => undefined,
  warn: () => undefined,
  error: (message: string) => void problems.push(message),
};
const embedded = await createEmbedded({
  settings: await settingsHere(),
  bundle: quick(
    await loadBundle({ packsFolder: resolve(examples, 'packs'), policiesFolder: resolve(examples, 'policies') }),
  ),
  inventoryFile: world.inventoryFile,
  version: 'test',
  log: silent,
  wrap,
});
const { operations } = embedded;

const all = async (): Promise<readonly Incident[]> => {
  const { items } = await operations.incidents({ limit: 50 });
  return Promise.all(items.map(({ id }) => operations.incident(id)));
};
const executionsOf = (incidents: readonly Incident[]) =>
  incidents.flatMap(({ plans }) => plans.flatMap(({ executions }) => executions));

if (executionsOf(await all()).some(({ state }) => state === 'sending')) writeFileSync(sending, 'yes');
embedded.start();
// Alertmanager says it again until it was answered.
if (!existsSync(acknowledged)) {
  const signal: Signal = {
    id: `sig_${Date.now().toString(36)}`,
    source: 'alertmanager',
    receivedAt: Date.now(),
    fingerprint: 'f1',
    status: 'firing',
    startsAt: world.startsAt,
    endsAt: null,
    labels,
    annotations: {},
    generatorURL: null,
  };
  await operations.hear([signal], false);
  writeFileSync(acknowledged, 'yes');
}

function isDone(incidents: readonly Incident[]): boolean {
  if (incidents.length === 0) return false;
  const endsInUnknown = ({ plans }: Incident) => plans.at(-1)?.state === 'unknown' && world.told().includes('escalate');
  return incidents.every((incident) => incident.state === 'closed' || endsInUnknown(incident));
}
const until = Date.now() + 20_000;
let incidents = await all();
let messages = 1;
while (Date.now() < until && (!isDone(incidents) || messages > 0)) {
  await new Promise((next) => setTimeout(next, 25));
  incidents = await all();
  messages = (await embedded.deps.ledger.outboxDue(Number.MAX_SAFE_INTEGER, 1)).length;
}
const audit = await operations.auditVerify();
const executions = executionsOf(incidents);
process.stdout.write(
  `${JSON.stringify({
    foundSending: existsSync(sending),
    incidents: incidents.map(({ state, plans }) => ({ state, plans: plans.map((plan) => plan.state) })),
    executions: executions.map(({ state }) => state),
    verifications: executions.map(({ verification }) => verification?.result ?? null),
    ran: world.ran(),
    told: world.told(),
    audit: audit.problems,
    problems,
  })}\n`,
);
await embedded.stop();
process.exit(0);
