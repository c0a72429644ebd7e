import { writeSync } from 'node:fs';
import { openEmbeddedStore } from '../../../lib/adapters/embedded/store.ts';
import { SYSTEM } from '../../../lib/model/basic.ts';

// Run as a process of its own and killed from outside: writes as fast as it can, and says only what was acknowledged.
const WRITERS = 4;
const store = await openEmbeddedStore(String(process.argv[2]));

async function appendForEver(stream: string): Promise<void> {
  let version = (await store.ledger.read(stream)).length;
  for (;;) {
    const text = `${stream} ${version}`;
    const outbox = [{ id: `${stream}.${version}`, stream, channel: 'none', notice: {} as never, dueAt: version }];
    await store.ledger.append({
      stream,
      expectedVersion: version,
      at: version,
      actor: SYSTEM,
      events: [{ type: 'incident.commented', text }],
      records: [{ key: stream, expectedVersion: version, value: version }],
      outbox,
    });
    version += 1;
    writeSync(1, `append ${stream} ${version}\n`);
  }
}

async function putForEver(group: string): Promise<void> {
  for (let number = (await store.queue.depth()).waiting; ; number++) {
    await store.queue.put([
      { id: `${group}.${number}.a`, group, body: number },
      { id: `${group}.${number}.b`, group, body: number },
    ]);
    writeSync(1, `put ${group}.${number}\n`);
  }
}

for (let writer = 0; writer < WRITERS; writer++) void appendForEver(`inc_${writer}`);
void putForEver('g');
