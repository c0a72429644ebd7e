import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { invalid } from '../../lib/model/errors.ts';
import { bytes, open } from '../../lib/scoring/series.ts';
import { type Stage, stage } from './nightshift.ts';

let on: Stage;
beforeAll(async () => {
  on = await stage();
});
afterAll(() => on.close());
beforeEach(() => {
  on.harness.operations.changes.length = 0;
});

const STATE = Buffer.from(bytes(open())).toString('base64');
const line = (at: number, change: Readonly<Record<string, unknown>> = {}) => {
  const how = { kind: 'gauge', tz: 'UTC', tell: 'all' };
  return JSON.stringify({ series: `up{at="${at}"}`, last: 1, ...how, state: STATE, ...change });
};

function written(name: string, lines: readonly string[]): string {
  const path = join(on.folder, name);
  writeFileSync(path, lines.map((one) => `${one}\n`).join(''));
  return path;
}

/** A file of `count` states as `nightshift score --state-out` writes them. */
const file = (name: string, count: number, from = 0) =>
  written(
    name,
    Array.from({ length: count }, (_, at) => line(from + at)),
  );

describe('states that were learned from an archive', () => {
  test('are handed over, those of many files together', async () => {
    const files = [file('part-0', 2), file('part-1', 0), file('part-2', 1, 2)];
    const { code, out } = await on.run(['warm', 'redis-ops', ...files]);
    expect({ code, out }).toEqual({
      code: 0,
      out: 'redis-ops: 3 series start with what was learned of them, 0 were left as they are\n',
    });
    expect(on.harness.operations.changes).toEqual([
      expect.stringMatching(/^warm redis-ops with up\{at="0"\} 1 3104, up\{at="1"\} 1 3104, up\{at="2"\} 1 3104 by /),
    ]);
  });
  test('go in parts that the API takes where there are many, and what is not taken is named', async () => {
    on.harness.operations.left = [{ series: 'up{at="0"}', why: 'Prometheus has no such series of this watch' }];
    const { code, out, err } = await on.run(['warm', 'redis-ops', file('many', 130)]);
    on.harness.operations.left = [];
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(on.harness.operations.changes).toHaveLength(3);
    expect(out).toMatch(/127 series start .*, 3 were left/);
    expect(out).toMatch(/up\{at="0"\} +Prometheus has no such series/);
  });
  test('go in smaller parts where their names are long', async () => {
    const long = Array.from({ length: 60 }, (_, at) =>
      line(at, { series: `up{at="${at}", path="${'é'.repeat(2_000)}"}` }),
    );
    expect((await on.run(['warm', 'redis-ops', written('long', long)])).code).toBe(0);
    expect(on.harness.operations.changes).toHaveLength(2);
  });
  test.each([
    ['is no JSON', 'not a state', /it is no state/],
    ['is no object', 'null', /it is no state/],
    ['holds no state of a series', line(201, { state: 'AAAA' }), /it is no state: 3 bytes/],
    ['holds no base64', line(201, { state: `${STATE}!` }), /no base64/],
    ['does not say how it was learned', line(201, { kind: undefined }), /does not say how it was learned/],
    [
      'was learned as another kind than the first',
      line(201, { kind: 'counter' }),
      /as a counter, and .*good, line 1 as a gauge/,
    ],
    [
      'was learned in another zone than the first',
      line(201, { tz: 'America/New_York' }),
      /in America\/New_York, and .*in UTC/,
    ],
    ['was learned nowhere', line(201, { tz: 'Mars/Olympus' }), /no time zone Mars/],
    ['was there in another file', line(3), /up\{at="3"\} is there twice/],
    ['is too long', line(201, { series: 'x'.repeat(300_000) }), /it is too long/],
  ])('one of which %s are named by file and line, and nothing is handed over', async (_, bad, what) => {
    const path = written('broken', [line(200), '', bad]);
    const { code, err } = await on.run(['warm', 'redis-ops', file('good', 70), path]);
    expect(code).toBe(2);
    expect(err).toContain(`${path}, line 3`);
    expect(err).toMatch(what);
    expect(on.harness.operations.changes).toEqual([]);
  });
  test('of which a zone has two names are of one', async () => {
    const lines = [line(0, { tz: 'Asia/Calcutta' }), line(1, { tz: 'Asia/Kolkata' })];
    expect((await on.run(['warm', 'redis-ops', written('zones', lines)])).code).toBe(0);
  });
  test('that cannot be read are named', async () => {
    const nowhere = await on.run(['warm', 'redis-ops', join(on.folder, 'nowhere')]);
    expect(nowhere).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^[^\n]*nowhere cannot be read[^\n]*\[cli.states\]/),
    });
    expect((await on.run(['warm', 'redis-ops', on.folder])).code).toBe(2);
    expect(on.harness.operations.changes).toEqual([]);
  });
  test('that the API refuses late are told with their line, and how many were taken before', async () => {
    const { operations } = on.harness;
    const before = operations.warm;
    operations.warm = async (watch, learned, actor) => {
      const at = learned.findIndex(({ series }) => series === 'up{at="61"}');
      if (at >= 0)
        throw invalid('watch.state', 'it was learned from samples of the future', {
          field: `states[${at}].last`,
          expected: 'a time that is over',
        });
      return before.call(operations, watch, learned, actor);
    };
    const path = file('late', 70);
    const { code, err } = await on.run(['warm', 'redis-ops', path]);
    operations.warm = before;
    expect(code).toBe(1);
    expect(err).toContain(
      `${path}, line 62: it was learned from samples of the future; 50 series before it were taken`,
    );
    expect(err).not.toContain('states[');
    expect(err).toContain('(last)');
  });
});
