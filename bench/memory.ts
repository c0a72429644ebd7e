import { residentMb, type Server, scratch, startNightshift } from './processes.ts';
import type { Row, Section } from './rows.ts';
import { alertmanagerStandIn, type Firing } from './standIn.ts';

const INCIDENTS = 10_000;
const BATCH = 100;
/** Longer than a minute, so that a reconciliation, a signed root and many sweeps lie in it. */
const QUIET = 65_000;

const firing: readonly Firing[] = Array.from({ length: INCIDENTS }, (_, at) => ({
  labels: { alertname: 'Memory', cluster: 'a', host: `host-${at}`, service: 'node', severity: 'warning' },
  annotations: { summary: 'one of ten thousand' },
  startsAt: new Date().toISOString(),
  fingerprint: at.toString(16).padStart(16, '0'),
}));

async function send(url: string, first: number): Promise<void> {
  const alerts = firing.slice(first, first + BATCH).map((alert) => ({ status: 'firing', ...alert }));
  const answer = await fetch(`${url}/webhooks/alertmanager`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ version: '4', groupKey: '{}', status: 'firing', receiver: 'r', alerts }),
  });
  if (!answer.ok) throw new Error(`the webhook answered ${answer.status}`);
  await answer.arrayBuffer();
}

async function timed(url: string): Promise<{ readonly ms: number; readonly text: string }> {
  const from = performance.now();
  const text = await (await fetch(url)).text();
  return { ms: performance.now() - from, text };
}

const openNow = (exposition: string) =>
  [...exposition.matchAll(/^nightshift_incidents\{state="(?:open|acknowledged|escalated)"[^}]*\} (\d+)/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );

/** Opens all of them; seconds from the first alert to the last open incident. */
async function openAll(url: string): Promise<number> {
  const from = performance.now();
  for (let first = 0; first < INCIDENTS; first += BATCH) await send(url, first);
  for (let found = 0; found < INCIDENTS; ) {
    found = openNow((await timed(`${url}/metrics`)).text);
    if (performance.now() - from > 300_000) throw new Error(`only ${found} incidents opened`);
    await new Promise((next) => setTimeout(next, 500));
  }
  return (performance.now() - from) / 1000;
}

/** The slowest of an answer each 20 ms: how long the loop's own work keeps a caller waiting. */
async function slowestAnswer(url: string, during: number): Promise<number> {
  let slowest = 0;
  for (const end = performance.now() + during; performance.now() < end; ) {
    slowest = Math.max(slowest, (await timed(`${url}/ready`)).ms);
    await new Promise((next) => setTimeout(next, 20));
  }
  return slowest;
}

async function measure(server: Server): Promise<readonly Row[]> {
  const took = await openAll(server.url);
  const slowest = await slowestAnswer(server.url, QUIET);
  const exposition = await timed(`${server.url}/metrics`);
  const list = await timed(`${server.url}/api/incidents?limit=100`);
  const row = { section: 'memory', peer: null, goal: null };
  return [
    {
      ...row,
      what: `resident set, ${INCIDENTS} open incidents`,
      unit: 'MB',
      ours: residentMb(server.pid),
      goal: '< 250',
    },
    { ...row, what: 'resident set, highest on the way', unit: 'MB', ours: residentMb(server.pid, 'VmHWM') },
    { ...row, what: `${INCIDENTS} alerts to as many incidents`, unit: 's', ours: took },
    { ...row, what: 'slowest answer during reconciliation, root and sweeps', unit: 'ms', ours: slowest },
    { ...row, what: 'exposition of /metrics', unit: 'ms', ours: exposition.ms },
    { ...row, what: 'first page of the list, 100', unit: 'ms', ours: list.ms },
  ];
}

export const memory: Section = {
  name: 'memory',
  about: `${INCIDENTS} open incidents, one a host; resident set after a reconciliation, a root, sweeps, an exposition and a list`,
  parameters: { incidents: INCIDENTS, alertsPerWebhook: BATCH, quietSeconds: QUIET / 1000 },
  async run() {
    const place = scratch();
    const alertmanager = await alertmanagerStandIn(firing);
    const server = await startNightshift(place.folder, `alertmanager: { url: "${alertmanager.url}" }\n`);
    try {
      return await measure(server);
    } finally {
      await server.stop();
      alertmanager.close();
      place.remove();
    }
  },
};
