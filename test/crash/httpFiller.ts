import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadBundle, loadSettings } from '../../lib/composition/catalogueFiles.ts';
import { PACKS, run } from '../../lib/composition/run.ts';

// Run as a process of its own on a small disk: a whole Nightshift, sent webhooks until the disk is full and after some of it
// was freed; tells as one line of JSON how it answered, and of which webhooks all, some or none is there at the end.
const disk = String(process.argv[2]);
const ballast = join(disk, 'ballast');
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const settings = {
  ...(await loadSettings(null, {})),
  dataFolder: join(disk, 'data'),
  listen: { host: '127.0.0.1', port: 0 },
};
const bundle = await loadBundle({ packsFolder: PACKS, policiesFolder: join(disk, 'none') });
const running = await run({ settings, bundle, inventoryFile: null, log: silent });
writeFileSync(ballast, new Uint8Array(6_000_000));
const ALERTS = 20;
/** The answer to each webhook, in order. Its alerts are of hosts that no other names. */
const answers: number[] = [];
const hostsOf = (webhook: number) => Array.from({ length: ALERTS }, (_, at) => `h${webhook}-${at}`);

async function post(): Promise<number> {
  const alerts = hostsOf(answers.length).map((host, at) => ({
    status: 'firing',
    labels: { alertname: 'Filler', cluster: 'a', host, text: 'x'.repeat(1_000) },
    startsAt: '2026-01-01T00:00:00Z',
    fingerprint: (answers.length * ALERTS + at).toString(16).padStart(16, '0'),
  }));
  const answer = await fetch(`${running.url}/webhooks/alertmanager`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ version: '4', groupKey: '{}', status: 'firing', receiver: 'r', alerts }),
  });
  await answer.arrayBuffer();
  answers.push(answer.status);
  return answer.status;
}

/** Posts until the answer is that one, for a minute at most; all the other answers on the way. */
async function postUntil(status: number): Promise<number[]> {
  const others = new Set<number>();
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    const got = await post();
    if (got === status) return [...others];
    others.add(got);
  }
  throw new Error(`never answered ${status}`);
}

/** Hosts that an incident is about or that wait to be triaged. */
async function hostsThere(): Promise<ReadonlySet<string>> {
  const { operations, deps } = running.embedded;
  while ((await deps.queue.depth()).waiting > 0) await new Promise((done) => setTimeout(done, 50));
  const hosts = new Set<string>();
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof operations.incidents>> = await operations.incidents({
      limit: 200,
      ...(cursor !== null && { cursor }),
    });
    for (const { host } of page.items) hosts.add(host ?? '');
    cursor = page.next;
  } while (cursor !== null);
  return hosts;
}

const ready = async () => (await fetch(`${running.url}/ready`)).status;

const readyBefore = await ready();
const before = await postUntil(503);
const readyFull = await ready();
rmSync(ballast);
const after = await postUntil(200);
const readyAfter = await ready();
const there = await hostsThere();
const kept = answers.map((status, webhook) => ({
  status,
  alerts: hostsOf(webhook).filter((host) => there.has(host)).length,
}));
const problems = (await running.embedded.operations.auditVerify()).problems;
process.stdout.write(JSON.stringify({ before, after, ready: [readyBefore, readyFull, readyAfter], kept, problems }));
process.exit(0);
