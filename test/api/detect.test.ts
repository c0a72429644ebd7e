import { describe, expect, test } from '@jest/globals';
import { sampleSeries } from '../../lib/watch/sample.ts';
import { type CallInit, harness } from './harness.ts';

const PATH = '/api/anomalies/detect';
const post = (body: unknown, type = 'application/json'): CallInit => ({
  headers: { 'content-type': type },
  body,
});

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

  test('another question never has the answer of one that only reads the same', async () => {
    const { call, operations } = harness();
    const asked = async (unit: string, columns: string) =>
      (await call('POST', `${PATH}?unit=${unit}`, post(`${columns},series,timestamp,value\nx,a,1,1`, 'text/csv'))).json;
    expect([(await asked('', 'ab')).ignoredColumns, (await asked('a', 'b')).ignoredColumns]).toEqual([['ab'], ['b']]);
    expect(operations.detections.map(({ unit }) => unit)).toEqual(['', 'a']);
  });

  test.each([
    ['timestamp,value,Value\n1,1,2', 'value', 'one column'],
    ['series,series,timestamp,value\na,b,1,1', 'series', 'one column'],
    ['host,timestamp,value\na,1,1\nb,1,100', 'host', 'series, which tells series apart'],
    [',timestamp,value\n0,1,1', 'column 1', 'series, which tells series apart'],
  ])('a CSV of columns that could be meant otherwise is refused: %j', async (body, field, expected) => {
    const { call, operations } = harness();
    const { status, json } = await call('POST', PATH, post(body, 'text/csv'));
    expect([status, json.error]).toEqual([
      400,
      expect.objectContaining({ code: 'detect.csv', field, expected: expect.stringContaining(expected) }),
    ]);
    expect(operations.detections).toEqual([]);
  });

  test('columns beside those of a series are told as ignored, and only where there are some', async () => {
    const { call } = harness();
    const answer = async (body: string) => (await call('POST', PATH, post(body, 'text/csv'))).json;
    const beside = await answer('Host,series,timestamp,note,value,\nh,a,1,x,1,\nh,b,1,x,100,');
    expect(beside).toMatchObject({ ignoredColumns: ['Host', 'note', 'column 6'] });
    expect(beside.series).toHaveLength(2);
    expect(await answer('series,timestamp,value\na,1,1')).not.toHaveProperty('ignoredColumns');
  });

  test.each(['kind', 'tz'])('JSON with %s in the address is refused: it would be scored without', async (name) => {
    const { call, operations } = harness();
    const { status, json } = await call('POST', `${PATH}?${name}=counter`, post({ data_source: 'sample' }));
    expect([status, json.error]).toEqual([
      400,
      expect.objectContaining({ code: 'api.query', field: name, expected: expect.stringContaining('in its body') }),
    ]);
    expect(operations.detections).toEqual([]);
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

  const csv = (text: string | Uint8Array) => post(text, 'text/csv');
  const said: readonly (readonly [string, CallInit, string, string])[] = [
    ['a zone', post({ samples: [[1, 1]], timeZone: 'Mars/Base' }), 'timeZone', 'Europe/Berlin'],
    ['a rate of nothing', post({ samples: [[1, 1]], maxFalseAlarmsPerWeek: 0 }), 'maxFalseAlarmsPerWeek', 'above 0'],
    ['samples that are no list', post({ samples: {} }), 'samples', 'a list of pairs'],
    [
      'a label that is no text',
      post({ series: [{ labels: { a: 1 }, samples: [[1, 1]] }] }),
      'series[0].labels.a',
      'text',
    ],
    ['a step', post({ query: 'up', step: 'soon' }), 'step', 'a duration such as'],
    ['what to tell', post({ samples: [[1, 1]], tell: 'little' }), 'tell', 'all or new'],
    ['a kind', post({ samples: [[1, 1]], kind: 'meter' }), 'kind', 'gauge or counter'],
    ['no object', post([1]), 'body', 'a JSON object'],
    ['a line behind an empty one', csv('timestamp,value\n\n1,2\nx,4'), 'line 4', 'ISO 8601'],
    ['a line behind a cell of two', csv('series,timestamp,value\r\n"a\r\nb",1,2\r\na,3,x\r\n'), 'line 4', 'a number'],
    ['a line of too few cells', csv('timestamp,value\n1,2\n3'), 'line 3', 'as many as the header'],
    ['a quote that is not closed', csv('timestamp,value\n1,2\n"3,4'), 'line 3', 'RFC 4180'],
    ['another separator', csv('timestamp;value\n1;2'), 'line 1', 'separated by commas'],
    ['a picture', csv(new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a])), 'body', 'UTF-8 text'],
    ['a compressed one', csv(new Uint8Array([0x1f, 0x8b, 0x08, 0x00])), 'body', 'not compressed'],
  ];
  test.each(said)('%s that is wrong is named, with what was expected', async (_, request, field, expected) => {
    const { call } = harness();
    const { status, json } = await call('POST', PATH, request);
    expect([status, json.error.field]).toEqual([400, field]);
    expect(json.error.expected).toContain(expected);
    expect(JSON.stringify(json)).not.toMatch(/Invalid input|--tz|too_small|invalid_/);
  });

  test('what a CSV is asked with is checked as well', async () => {
    const { call } = harness();
    const asked = async (query: string) =>
      (await call('POST', `${PATH}?${query}`, csv('timestamp,value\n1,2'))).json.error?.field;
    expect(await asked('timeZone=Mars')).toBe('timeZone');
    expect(await asked('maxFalseAlarmsPerWeek=')).toBe('maxFalseAlarmsPerWeek');
    expect(await asked('tz=UTC')).toBe('tz');
    expect(await asked('maxFalseAlarmsPerWeek=2&timeZone=Europe/Berlin&kind=counter&tell=new&unit=s')).toBeUndefined();
  });

  test('a CSV may quote, end its lines as it likes and begin with a mark', async () => {
    const { call, operations } = harness();
    await call(
      'POST',
      PATH,
      csv('\ufeffSeries, Value ,timestamp\r\n"a ""b"", c",1,10\r\nd,,20\r\nd,2,2020-01-01T00:00Z\n\n'),
    );
    expect(operations.detections[0]?.source).toEqual({
      series: [
        { labels: { series: 'a "b", c' }, samples: [{ t: 10, v: 1 }] },
        {
          labels: { series: 'd' },
          samples: [
            { t: 20, v: Number.NaN },
            { t: 1_577_836_800, v: 2 },
          ],
        },
      ],
    });
  });

  test('a counter is scored by its rate, and that is what its anomalies say', async () => {
    const { call } = harness();
    const { samples } = sampleSeries();
    let total = 0;
    const counted = samples.map(({ t, v }, at) => {
      total += at === 0 ? 0 : v * (t - (samples[at - 1]?.t ?? t));
      return [t, total];
    });
    const [gauge, counter] = await Promise.all([
      call('POST', PATH, post({ samples: samples.map(({ t, v }) => [t, v]).slice(1) })),
      call('POST', PATH, post({ samples: counted, kind: 'counter', unit: '1/s' })),
    ]);
    const told = (json: { series: { anomalies: { begin: number; value: number }[] }[] }) =>
      json.series[0]?.anomalies.map(({ begin, value }) => [begin, Math.round(value)]);
    expect(told(counter.json)).toEqual(told(gauge.json));
    expect(told(counter.json)?.length).toBeGreaterThan(1);
  });
});
