import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadBundle, loadSettings } from '../../lib/composition/catalogueFiles.ts';
import { PACKS, run } from '../../lib/composition/run.ts';

// Run as a process of its own on a small disk: a whole Nightshift, sent webhooks until the disk is full and after some of it
// was freed; tells as one line of JSON how it answered.
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
writeFileSync(ballast, new Uint8Array(1_000_000));
let sent = 0;

async function post(): Promise<number> {
  const alerts = Array.from({ length: 20 }, () => {
    sent += 1;
    const labels = { alertname: 'Filler', cluster: 'a', host: `h${sent}`, text: 'x'.repeat(1_000) };
    return {
      status: 'firing',
      labels,
      startsAt: '2026-01-01T00:00:00Z',
      fingerprint: sent.toString(16).padStart(16, '0'),
    };
  });
  const answer = await fetch(`${running.url}/webhooks/alertmanager`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ version: '4', groupKey: '{}', status: 'firing', receiver: 'r', alerts }),
  });
  await answer.arrayBuffer();
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

const before = await postUntil(503);
rmSync(ballast);
const after = await postUntil(200);
const problems = (await running.embedded.operations.auditVerify()).problems;
process.stdout.write(JSON.stringify({ before, after, problems }));
process.exit(0);
