import { describe, expect, test } from '@jest/globals';
import { sampleSeries } from '../../lib/watch/sample.ts';
import { type CallInit, harness } from './harness.ts';

const PATH = '/api/anomalies/detect';
const post = (body: unknown, type = 'application/json'): CallInit => ({ headers: { 'content-type': type }, body });

describe('POST /api/anomalies/detect', () => {
  test('scores the sample', async () => {
    const { call } = harness();
    const { json } = await call('POST', PATH, post({ data_source: 'sample' }));
    expect(json.anomalies).toBeGreaterThanOrEqual(2);
    expect(json.series[0].plot).toMatch(/^<svg/);
  });

  test('the same series as samples, as series and as CSV has the same anomalies', async () => {
    const { call } = harness();
    const { samples } = sampleSeries();
    const pairs = samples.map(({ t, v }) => [new Date(t * 1000).toISOString(), v]);
    const csv = ['timestamp,value', ...samples.map(({ t, v }) => `${t},${v}`)].join('\n');
    const asked = [
      post({ data_source: 'sample' }),
      post({ samples: pairs }),
      post({ series: [{ labels: { host: 'h1' }, samples: pairs }] }),
      post(csv, 'text/csv'),
    ];
    const answers = await Promise.all(asked.map((one) => call('POST', PATH, one)));
    const anomalies = answers.map(({ json }) => json.series[0].anomalies);
    for (const one of anomalies) expect(one).toEqual(anomalies[0]);
  });

  test('is asked once for the same question within a minute', async () => {
    const { call, operations } = harness();
    for (let time = 0; time < 3; time += 1) await call('POST', PATH, post({ data_source: 'sample' }));
    await call('POST', PATH, post({ data_source: 'sample', maxFalseAlarmsPerWeek: 4 }));
    expect(operations.detections).toHaveLength(2);
  });

  test.each([
    [
      'samples',
      post({
        samples: [
          [1, 1],
          [1_700_000_000_000, 1],
        ],
      }),
      'samples[1][0]',
    ],
    ['a span', post({ query: 'up', from: 1_700_000_000_000 }), 'from'],
    ['CSV', post('\ufefftimestamp,value\r\n\r\n"1700000000000",2\r\n', 'text/csv'), 'line 3'],
  ])('times in milliseconds are refused as what they are: %s', async (_, request, field) => {
    const { call } = harness();
    const { status, json } = await call('POST', PATH, request);
    expect(status).toBe(400);
    expect(json.error).toMatchObject({ field, expected: expect.stringMatching(/seconds.*\(milliseconds\?\)$/) });
  });

  test('a zone that is none is named by its field', async () => {
    const { call } = harness();
    const { json } = await call('POST', PATH, post({ samples: [[1, 1]], timeZone: 'Mars/Base' }));
    expect(json.error.field).toBe('timeZone');
  });

  const refused: readonly (readonly [string, CallInit, number, string])[] = [
    ['nothing to score', post({}), 400, 'api.body'],
    ['two sources', post({ data_source: 'sample', query: 'up' }), 400, 'api.body'],
    ['another sample', post({ data_source: 'mine' }), 400, 'api.body'],
    ['a time that is none', post({ samples: [['yesterday', 1]] }), 400, 'api.body'],
    ['a zone that is none', post({ samples: [[1, 1]], timeZone: 'Mars/Base' }), 400, 'score.zone'],
    ['no sample', post({ samples: [] }), 400, 'detect.series'],
    [
      'too many series',
      post({ series: Array.from({ length: 51 }, () => ({ labels: {}, samples: [[1, 1]] })) }),
      400,
      'detect.series',
    ],
    ['a query without Prometheus', post({ query: 'up' }), 409, 'detect.prometheus'],
    ['a CSV without a header', post('1,2\n3,4', 'text/csv'), 400, 'detect.csv'],
    ['a CSV with a line that is none', post('timestamp,value\n1,2\nx,4', 'text/csv'), 400, 'detect.csv'],
    ['a CSV with a quote that is not closed', post('timestamp,value\n"1,2', 'text/csv'), 400, 'detect.csv'],
    ['another type', post('x', 'text/plain'), 415, 'api.media-type'],
  ];
  test.each(refused)('%s is refused by name', async (_, request, status, code) => {
    const { call } = harness();
    const answer = await call('POST', PATH, request);
    expect([answer.status, answer.json.error.code]).toEqual([status, code]);
  });
});
