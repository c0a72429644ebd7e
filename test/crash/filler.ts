import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openEmbeddedStore } from '../../lib/adapters/embedded/store.ts';
import { SYSTEM } from '../../lib/model/basic.ts';
import { isNightshiftError } from '../../lib/model/errors.ts';

// Run as a process of its own on a disk of one megabyte: fills it, frees some of it, goes on, and tells as one line of JSON.
const disk = String(process.argv[2]);
const folder = join(disk, 'data');
const ballast = join(disk, 'ballast');
const text = 'x'.repeat(2000);
writeFileSync(ballast, new Uint8Array(300_000));
let store = await openEmbeddedStore(folder);
let version = 0;
let put = 0;

const append = async () => {
  const event = { type: 'incident.commented', text } as const;
  await store.ledger.append({ stream: 'inc_1', expectedVersion: version, at: 1, actor: SYSTEM, events: [event] });
  version += 1;
};
const putOne = async () => {
  await store.queue.put([{ id: `m${put}`, group: `g${put}`, body: text }]);
  put += 1;
};

/** Repeats until it is refused; the refusal's kind and code. */
async function refusal(work: () => Promise<void>): Promise<string> {
  for (;;) {
    try {
      await work();
    } catch (error) {
      if (!isNightshiftError(error)) throw error;
      return `${error.kind} ${error.code}`;
    }
  }
}
const state = async () => ({
  events: (await store.ledger.read('inc_1')).length,
  waiting: (await store.queue.depth()).waiting,
  problems: await store.ledger.verify(),
});

const appendRefused = await refusal(append);
const putRefused = await refusal(putOne);
const full = { acknowledged: { events: version, waiting: put }, found: await state() };
rmSync(ballast);
await append();
await putOne();
const after = { acknowledged: { events: version, waiting: put }, found: await state() };
await store.close();
store = await openEmbeddedStore(folder);
process.stdout.write(JSON.stringify({ appendRefused, putRefused, full, after, reopened: await state() }));
await store.close();
