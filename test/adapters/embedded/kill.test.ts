import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type EmbeddedStore, openEmbeddedStore } from '../../../lib/adapters/embedded/store.ts';
import { temporaryFolder } from './folders.ts';

const KILLS = 6;
const APPENDER = join(import.meta.dirname, 'appender.ts');

let place: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  place = temporaryFolder();
});
afterEach(() => place.remove());

/** Lets the appender work until it has said `lines` lines, kills it in the middle, and gives all that it said. */
async function killedAfter(lines: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', APPENDER, place.folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (chunk: string) => {
    said += chunk;
    if (said.split('\n').length > lines) child.kill('SIGKILL');
  });
  const [, signal] = await once(child, 'close');
  expect(signal).toBe('SIGKILL');
  return said.split('\n').slice(0, -1);
}

/** Highest acknowledged version of each stream. */
function acknowledged(said: readonly string[]): Map<string, number> {
  const versions = new Map<string, number>();
  for (const [kind, stream = '', version] of said.map((line) => line.split(' '))) {
    if (kind === 'append') versions.set(stream, Number(version));
  }
  return versions;
}

async function expectAll(store: EmbeddedStore, said: readonly string[]): Promise<void> {
  for (const [stream, version] of acknowledged(said)) {
    const { length } = await store.ledger.read(stream);
    expect(length).toBeGreaterThanOrEqual(version);
    expect((await store.ledger.record(stream)).version).toBe(length);
    const outbox = (await store.ledger.outboxDue(Number.MAX_SAFE_INTEGER, 1_000_000)).filter(
      (item) => item.stream === stream,
    );
    expect(outbox).toHaveLength(length);
  }
  const puts = said.filter((line) => line.startsWith('put ')).length;
  const { waiting } = await store.queue.depth();
  expect(waiting).toBeGreaterThanOrEqual(2 * puts);
  expect(waiting % 2).toBe(0);
  expect(await store.ledger.verify()).toEqual([]);
}

test(`after each of ${KILLS} kills everything acknowledged is there, whole, and nothing half`, async () => {
  const said: string[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    said.push(...(await killedAfter(20 + kill * 57)));
    const store = await openEmbeddedStore(place.folder);
    await expectAll(store, said);
    await store.close();
  }
  expect(acknowledged(said).size).toBe(4);
});

test('a living process holds the folder, and a killed one no longer', async () => {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', APPENDER, place.folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  await expect(openEmbeddedStore(place.folder)).rejects.toMatchObject({ kind: 'refused', code: 'data.in-use' });
  child.stdout.resume();
  child.kill('SIGKILL');
  await once(child, 'exit');
  await (await openEmbeddedStore(place.folder)).close();
});
