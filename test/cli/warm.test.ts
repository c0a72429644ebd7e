import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Stage, stage } from './nightshift.ts';

let on: Stage;
beforeAll(async () => {
  on = await stage();
});
afterAll(() => on.close());
beforeEach(() => {
  on.harness.operations.changes.length = 0;
});

/** A file of `count` states as `nightshift score --state-out` writes them. */
function file(name: string, count: number): string {
  const path = join(on.folder, name);
  const lines = Array.from({ length: count }, (_, at) =>
    JSON.stringify({ series: `up{at="${at}"}`, last: 1, kind: 'gauge', tz: 'UTC', state: 'AAAA' }),
  );
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

describe('states that were learned from an archive', () => {
  test('are handed over, those of many files together', async () => {
    const { code, out } = await on.run(['warm', 'redis-ops', file('part-0', 2), file('part-1', 0), file('part-2', 1)]);
    expect({ code, out }).toEqual({
      code: 0,
      out: 'redis-ops: 3 series start with what was learned of them, 0 were left as they are\n',
    });
    expect(on.harness.operations.changes).toEqual([
      expect.stringMatching(/^warm redis-ops with up\{at="0"\} 1 3, up\{at="1"\} 1 3, up\{at="0"\} 1 3 by /),
    ]);
  });
  test('go in parts where there are many, and what is not taken is named', async () => {
    on.harness.operations.left = [{ series: 'up{at="0"}', why: 'Prometheus has no such series of this watch' }];
    const { out } = await on.run(['warm', 'redis-ops', file('many', 501)]);
    on.harness.operations.left = [];
    expect(on.harness.operations.changes).toHaveLength(2);
    expect(out).toMatch(/499 series start .*, 2 were left/);
    expect(out).toMatch(/up\{at="0"\} +Prometheus has no such series/);
  });
  test('that are none are named by file and line, and nothing is handed over', async () => {
    const path = join(on.folder, 'broken');
    writeFileSync(path, '{"series":"up{}","last":1,"state":"AAAA"}\nnot a state\n');
    const { code, err } = await on.run(['warm', 'redis-ops', path]);
    expect(code).toBe(2);
    expect(err).toContain(`${path}, line 2`);
    const nowhere = await on.run(['warm', 'redis-ops', join(on.folder, 'nowhere')]);
    expect(nowhere).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^[^\n]*nowhere cannot be read[^\n]*\[cli.states\]/),
    });
    expect((await on.run(['warm', 'redis-ops', on.folder])).code).toBe(2);
    expect(on.harness.operations.changes).toEqual([]);
  });
});
