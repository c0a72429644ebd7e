import { Agent, request } from 'node:http';
import { parseArgs } from 'node:util';

// A load generator as a process of its own. Closed loop: each connection sends its next request when the last was answered. Open
// loop: requests are due at fixed times whatever the server does, and latency counts from the time a request was due.
const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    shape: { type: 'string', default: 'webhook' },
    connections: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '10' },
    warmup: { type: 'string', default: '2' },
    /** Alerts a second; 0 is closed loop. */
    rate: { type: 'string', default: '0' },
    alerts: { type: 'string', default: '64' },
  },
});
const url = new URL(values.url ?? '');
const PER = Number(values.alerts);
const BODIES = 400;
const hosts = 500;
const services = ['kafka', 'spark-worker', 'redis', 'postgres', 'flink', 'node', 'nginx', 'cassandra'];

function alert(index: number) {
  const host = `ip-10-0-${Math.floor(index / 250) % 250}-${index % hosts}`;
  const service = services[index % services.length] ?? 'node';
  return {
    status: 'firing',
    labels: {
      alertname: `Bench${index % 20}`,
      cluster: `prod-${index % 3}`,
      host,
      instance: `${host}:9100`,
      service,
      job: service,
      severity: index % 5 === 0 ? 'critical' : 'warning',
      team: 'data-platform',
      mountpoint: `/data/${index % 7}`,
      availability_zone: `eu-central-1${'abc'[index % 3]}`,
      replica: String(index),
    },
    annotations: {
      summary: `Something of ${service} on ${host} is not as it should be`,
      description:
        'The value has been beyond its threshold for more than five minutes; see the dashboard of the service.',
      runbook_url: 'https://runbooks.example.com/data-platform/something',
    },
    startsAt: new Date(Date.now() - 60_000).toISOString(),
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: 'http://prometheus.example.com/graph?g0.expr=something&g0.tab=1',
    fingerprint: index.toString(16).padStart(16, '0'),
  };
}

function bodyOf(first: number): Buffer {
  const alerts = Array.from({ length: PER }, (_, at) => alert(first + at));
  if (values.shape === 'alertmanager') {
    const own = alerts.map(({ labels, annotations, startsAt, generatorURL }) => ({
      labels,
      annotations,
      startsAt,
      generatorURL,
    }));
    return Buffer.from(JSON.stringify(own));
  }
  const common = {
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL: 'http://alertmanager.example.com',
  };
  return Buffer.from(
    JSON.stringify({
      version: '4',
      groupKey: '{}:{}',
      truncatedAlerts: 0,
      status: 'firing',
      receiver: 'n',
      ...common,
      alerts,
    }),
  );
}

const bodies = Array.from({ length: BODIES }, (_, at) => bodyOf(at * PER));
const agents = Array.from({ length: Number(values.connections) }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
const latencies: number[] = [];
const statuses = new Map<string, number>();
let sent = 0;

function post(agent: Agent, body: Buffer): Promise<number> {
  return new Promise((done, fail) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.byteLength };
    const sending = request(url, { method: 'POST', agent, headers }, (answer) => {
      answer.resume().once('end', () => done(answer.statusCode ?? 0));
    });
    sending.once('error', fail);
    sending.end(body);
  });
}

async function one(agent: Agent, due: number, counted: boolean): Promise<void> {
  const body = bodies[sent % BODIES] as Buffer;
  sent += 1;
  const status = await post(agent, body).catch(() => 0);
  if (!counted) return;
  latencies.push(performance.now() - due);
  statuses.set(String(status), (statuses.get(String(status)) ?? 0) + 1);
}

async function closedLoop(until: number, counted: boolean): Promise<void> {
  const lane = async (agent: Agent) => {
    while (performance.now() < until) await one(agent, performance.now(), counted);
  };
  await Promise.all(agents.map(lane));
}

/** Each connection has its own timetable; one that is late sends at once, and its lateness counts. */
async function openLoop(from: number, until: number, counted: boolean): Promise<void> {
  const every = (PER * agents.length * 1000) / Number(values.rate);
  const lane = async (agent: Agent, index: number) => {
    for (let due = from + (every * index) / agents.length; due < until; due += every) {
      const wait = due - performance.now();
      if (wait > 0) await new Promise((next) => setTimeout(next, wait));
      await one(agent, due, counted);
    }
  };
  await Promise.all(agents.map(lane));
}

const run = async (seconds: number, counted: boolean) => {
  const from = performance.now();
  const until = from + seconds * 1000;
  await (Number(values.rate) > 0 ? openLoop(from, until, counted) : closedLoop(until, counted));
  return (performance.now() - from) / 1000;
};
await run(Number(values.warmup), false);
const seconds = await run(Number(values.seconds), true);
latencies.sort((a, b) => a - b);
const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))] ?? 0;
const answered = statuses.get('200') ?? 0;
process.stdout.write(
  JSON.stringify({
    alertsPerSecond: (answered * PER) / seconds,
    /** The warm-up's too. */
    sentAlerts: sent * PER,
    refused: latencies.length - answered,
    statuses: Object.fromEntries(statuses),
    p50: at(0.5),
    p99: at(0.99),
    max: latencies.at(-1) ?? 0,
  }),
);
process.exit(0);
