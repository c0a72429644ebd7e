import { setTimeout as pause } from 'node:timers/promises';
import { Deployment, INTAKE_TOKEN } from '../test/deploy/deployment.ts';
import { ledgerTexts, waiting } from '../test/deploy/kept.ts';
import { until } from '../test/real/processes.ts';
import { redisPolicy } from '../test/real/redis.ts';
import { prometheusStandIn, type StandIn } from '../test/servers/prometheusStandIn.ts';
import { acted } from '../test/servers/ssm/ledger.ts';
import type { Row, Section } from './rows.ts';
import { type Alert, CLUSTERS, groupOf, HOSTS, STORM, type Storm, storm } from './storm.ts';

/** Executions that the storm may have, beside those of the single webhooks: a budget for all counts them all. */
const BUDGET = 12;
const SINGLES = 30;
const DRAIN = 10 * 60_000;

/** Hosts of the single webhooks, each a cluster of its own. */
const single = (at: number) => `single-${at}`;
const machines = [
  ...Array.from({ length: SINGLES }, (_, at) => ({ name: single(at), cluster: single(at) })),
  ...CLUSTERS.flatMap((cluster) => HOSTS.map((host) => ({ name: `${cluster}-${host}`, cluster }))),
].map((one) => ({ ...one, services: ['redis'], environment: { NIGHTSHIFT_RESTART_REDIS: '/bin/true' } }));

const policyOf = (name: string, cluster: string, budget: number) =>
  redisPolicy({
    name,
    of: `,cluster=~"${cluster}"`,
    port: 14_999,
    within: 10,
    guards: `cooldown: 1s, budget: [{ scope: all, per: day, max: ${budget} }], blastRadius: { hosts: 100, percent: 100 }`,
  });

const settings = (prometheus: string) => `prometheus: { url: '${prometheus}' }
watch: { packs: [] }
`;

/** Redis is down on every host, and stays so: each sample is there before its time. */
function answering(prometheus: StandIn): { stop(): void } {
  const now = Math.floor(Date.now() / 1000);
  const samples = Array.from({ length: 600 }, (_, at) => [now - 600 + at * 5, 0] as const);
  for (const { name, cluster } of machines)
    prometheus.series({ __name__: 'redis_up', cluster, host: name, service: 'redis' }, samples);
  prometheus.now = now;
  const ticking = setInterval(() => {
    prometheus.now = Date.now() / 1000;
  }, 250);
  return { stop: () => clearInterval(ticking) };
}

/** As Alertmanager sends it: what is not answered with 2xx is sent again. Returns how often it was refused. */
async function send(stack: Deployment, alerts: readonly Alert[]): Promise<number> {
  const body = JSON.stringify({ version: '4', groupKey: groupOf(alerts), status: 'firing', receiver: 'r', alerts });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${INTAKE_TOKEN}` };
  for (let refused = 0; ; refused += 1) {
    const answer = await fetch(`${stack.url}/webhooks/alertmanager`, { method: 'POST', headers, body });
    const text = await answer.text();
    if (answer.ok) return refused;
    if (answer.status < 500 && answer.status !== 429) throw new Error(`${answer.status} ${text}`);
    await pause(1_000);
  }
}

async function singles(stack: Deployment): Promise<number[]> {
  const times: number[] = [];
  for (let at = 0; at < SINGLES; at += 1) {
    const from = Date.now();
    const instance = stack.instances.get(single(at));
    await send(stack, [alertOf(at)]);
    const sent = await until(`SendCommand to ${single(at)}`, async () => {
      const calls = await stack.ssm.calls();
      return (
        calls.find(
          ({ operation, input }) => operation === 'SendCommand' && JSON.stringify(input).includes(`${instance}`),
        ) ?? null
      );
    });
    times.push(sent.at - from);
  }
  return times.toSorted((a, b) => a - b);
}

const alertOf = (at: number): Alert => ({
  status: 'firing',
  labels: { alertname: 'RedisDown', severity: 'critical', cluster: single(at), host: single(at), service: 'redis' },
  annotations: {},
  startsAt: new Date().toISOString(),
  fingerprint: `a${at.toString(16).padStart(15, '0')}`,
});

/** The storm's fingerprints that are in the ledger. */
async function heard(stack: Deployment): Promise<Set<string>> {
  const marks = (await ledgerTexts(stack)).flatMap((text) => [...text.matchAll(/f0[0-9a-f]{14}/g)]);
  return new Set(marks.map(([mark]) => mark));
}

interface Stormed {
  readonly refused: number;
  readonly drained: number;
  readonly lost: number;
  readonly executions: number;
  readonly twice: number;
}

async function stormed(stack: Deployment, { webhooks, fingerprints }: Storm): Promise<Stormed> {
  const before = acted(await stack.ssm.ledger()).length;
  const from = Date.now();
  const sending: Promise<number>[] = [];
  for (const [at, alerts] of webhooks.entries()) {
    const wait = from + (at * STORM.seconds * 1_000) / webhooks.length - Date.now();
    if (wait > 0) await pause(wait);
    sending.push(send(stack, alerts));
    if (at % 10 === 0) process.stderr.write(`  webhook ${at}, ${await waiting(stack, 'signals.fifo')} signals wait\n`);
  }
  const refused = (await Promise.all(sending)).reduce((sum, one) => sum + one, 0);
  const ended = Date.now();
  await until('an empty queue', async () => ((await waiting(stack, 'signals.fifo')) === 0 ? true : null), DRAIN);
  const drained = (Date.now() - ended) / 1000;
  const there = await heard(stack);
  const starts = acted(await stack.ssm.ledger()).slice(before);
  const ids = new Set(starts.map(({ executionId }) => executionId));
  return {
    refused,
    drained,
    lost: fingerprints.filter((one) => !there.has(one)).length,
    executions: starts.length,
    twice: starts.length - ids.size,
  };
}

export const aws: Section = {
  name: 'aws',
  about: 'the stack deployed to a local AWS: webhook to SendCommand, and a storm of webhooks for two minutes',
  parameters: { singles: SINGLES, budget: BUDGET, clusters: CLUSTERS.length, hostsPerCluster: HOSTS.length, ...STORM },
  async run() {
    const prometheus = await prometheusStandIn();
    const clock = answering(prometheus);
    const stack = await Deployment.start({
      settings: settings(prometheus.url),
      policies: `policies:\n${policyOf('singles', 'single-.*', 1_000)}${policyOf('storm', 'storm-.*', SINGLES + BUDGET)}`,
      machines,
      secrets: {},
    });
    try {
      const times = await singles(stack);
      const of = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0;
      const seen = await stormed(stack, storm());
      const row = { section: 'aws', peer: null };
      return [
        { ...row, what: 'webhook to SendCommand, p50', unit: 'ms', ours: of(0.5), goal: null },
        { ...row, what: 'webhook to SendCommand, p95', unit: 'ms', ours: of(0.95), goal: null },
        { ...row, what: 'storm: webhooks refused and sent again', unit: '', ours: seen.refused, goal: null },
        { ...row, what: 'storm: drained after its end', unit: 's', ours: seen.drained, goal: '< 600' },
        { ...row, what: 'storm: alerts lost', unit: '', ours: seen.lost, goal: '< 1' },
        {
          ...row,
          what: `storm: executions, budget ${BUDGET}`,
          unit: '',
          ours: seen.executions,
          goal: `< ${BUDGET + 1}`,
        },
        { ...row, what: 'storm: executions run twice', unit: '', ours: seen.twice, goal: '< 1' },
      ] satisfies Row[];
    } finally {
      clock.stop();
      await stack.stop();
      await prometheus.close();
    }
  },
};
