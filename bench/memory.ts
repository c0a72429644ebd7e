import { residentMb, scratch, startNightshift } from './processes.ts';
import type { Section } from './rows.ts';

const INCIDENTS = 10_000;
const BATCH = 100;

async function open(url: string, first: number): Promise<void> {
  const alerts = Array.from({ length: BATCH }, (_, at) => ({
    status: 'firing',
    labels: { alertname: 'Memory', cluster: 'a', host: `host-${first + at}`, service: 'node', severity: 'warning' },
    annotations: { summary: 'one of ten thousand' },
    startsAt: new Date().toISOString(),
    fingerprint: (first + at).toString(16).padStart(16, '0'),
  }));
  await fetch(`${url}/webhooks/alertmanager`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ version: '4', groupKey: '{}', status: 'firing', receiver: 'r', alerts }),
  });
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

export const memory: Section = {
  name: 'memory',
  about: `${INCIDENTS} open incidents, one a host; resident set after a page of the list and an exposition`,
  async run() {
    const place = scratch();
    const server = await startNightshift(place.folder);
    const from = performance.now();
    for (let first = 0; first < INCIDENTS; first += BATCH) await open(server.url, first);
    let exposition = await timed(`${server.url}/metrics`);
    while (openNow(exposition.text) < INCIDENTS && performance.now() - from < 300_000) {
      await new Promise((next) => setTimeout(next, 500));
      exposition = await timed(`${server.url}/metrics`);
    }
    const took = (performance.now() - from) / 1000;
    if (openNow(exposition.text) < INCIDENTS) throw new Error(`only ${openNow(exposition.text)} incidents opened`);
    // Once more with nothing else going on, through a whole reconciliation and a minute's work.
    await new Promise((next) => setTimeout(next, 65_000));
    exposition = await timed(`${server.url}/metrics`);
    const list = await timed(`${server.url}/api/incidents?limit=100`);
    const rss = residentMb(server.pid);
    await server.stop();
    place.remove();
    const row = { section: 'memory', peer: null };
    return [
      { ...row, what: `resident set with ${INCIDENTS} open incidents`, unit: 'MB', ours: rss, goal: '< 250' },
      { ...row, what: `${INCIDENTS} alerts to ${INCIDENTS} decided incidents`, unit: 's', ours: took, goal: null },
      { ...row, what: 'exposition of /metrics', unit: 'ms', ours: exposition.ms, goal: null },
      { ...row, what: 'first page of the list, 100', unit: 'ms', ours: list.ms, goal: null },
    ];
  },
};
