import { expect, test } from '@jest/globals';
import { type DetectRequest, detect } from '../../lib/loop/detect.ts';
import { failed, invalid } from '../../lib/model/errors.ts';
import type { Metrics, Series } from '../../lib/ports/metrics.ts';
import { harness } from './harness.ts';

interface Asked {
  readonly range?: () => Promise<readonly Series[]>;
  /** False: no Prometheus is configured. */
  readonly configured?: boolean;
}

/** The answer to a body where Prometheus says this of a range, and how often it was asked. */
async function answer(body: object, { range = async () => [], configured = true }: Asked = {}) {
  const { call, operations } = harness();
  let asked = 0;
  const metrics: Metrics = {
    range: () => {
      asked += 1;
      return range();
    },
    instant: async () => [],
    raw: async () => [],
    time: async () => 0,
    healthy: async () => true,
  };
  operations.detect = (request: DetectRequest) => detect({ metrics: configured ? metrics : null }, request);
  const { status, json } = await call('POST', '/api/anomalies/detect', { body });
  return { status, json, asked };
}

test('a query that Prometheus refuses is named as the field that it came in', async () => {
  const range = async () => {
    throw invalid('metrics.query', 'Prometheus refuses the query: parse error, in up{', { field: 'expr' });
  };
  const { status, json } = await answer({ query: 'up{' }, { range });
  expect([status, json.error]).toEqual([
    400,
    expect.objectContaining({
      code: 'metrics.query',
      field: 'query',
      expected: expect.stringContaining('PromQL'),
      message: 'Prometheus refuses the query: parse error, in up{',
    }),
  ]);
  const silent = async () => {
    throw failed('metrics.unavailable', 'no answer');
  };
  const unanswered = await answer({ query: 'up' }, { range: silent });
  expect(unanswered.json.error).toMatchObject({ code: 'metrics.unavailable', field: null });
});

const day = { from: 1_700_000_000, to: 1_700_086_400 };
test.each([
  ['no time', { step: '0s' }, 'above 0'],
  ['too fine for a day', { ...day, step: '7s' }, '8s or more'],
  ['too fine for an hour', { from: day.from, to: day.from + 3_600, step: '10ms' }, '1s or more'],
])('a step that is %s is refused before Prometheus is asked', async (_, about, expected) => {
  const { status, json, asked } = await answer({ query: 'up', ...about });
  expect([status, json.error]).toEqual([
    400,
    expect.objectContaining({ code: 'detect.step', field: 'step', expected: expect.stringContaining(expected) }),
  ]);
  expect(asked).toBe(0);
  // And the smallest that is told is one that Prometheus takes.
  expect((await answer({ query: 'up', ...day, step: '8s' })).asked).toBe(1);
});

const many = Array.from({ length: 51 }, () => ({ labels: {}, samples: [{ t: 1, v: 1 }] }));
test.each([
  ['a query that finds nothing', { query: 'nosuch' }, 'query', 'a query that has a series'],
  ['no samples', { samples: [] }, 'samples', 'at least one sample'],
  ['no series', { series: [] }, 'series', 'at least one sample'],
  ['a series without samples', { series: [{ labels: { a: 'b' }, samples: [] }] }, 'series', 'at least one sample'],
])('%s: the field that was sent is named', async (_, body, field, expected) => {
  const { status, json } = await answer(body);
  expect([status, json.error]).toEqual([
    400,
    expect.objectContaining({ code: 'detect.series', field, expected: expect.stringContaining(expected) }),
  ]);
});

test('a query of too many series is named', async () => {
  const { json } = await answer({ query: 'up' }, { range: async () => many });
  expect(json.error).toMatchObject({ code: 'detect.series', field: 'query', expected: 'at most 50: aggregate' });
});

test('without Prometheus it is said what would help', async () => {
  const { status, json } = await answer({ query: 'up' }, { configured: false });
  expect(status).toBe(409);
  expect(json.error).toMatchObject({
    code: 'detect.prometheus',
    field: 'query',
    expected: 'prometheus.url in nightshift.yaml, or samples',
  });
});

test.each([
  ['every reading', [1, 2, 3, 4], 0],
  ['a reset', [1, 2, 0, 4], 0],
  ['one missing', [1, null, 3, 4], 1],
])('of a counter with %s what is missing is counted', async (_, values, missing) => {
  const samples = values.map((v, at) => [60 * (at + 1), v]);
  const { json } = await answer({ samples, kind: 'counter' });
  expect(json.series[0]).toMatchObject({ samples: 4, missing });
});
