import { describe, expect, test } from '@jest/globals';
import { bytes, open } from '../../lib/scoring/series.ts';
import { harness } from './harness.ts';

const STATE = Buffer.from(bytes(open())).toString('base64');
const how = { kind: 'gauge', tz: 'America/Argentina/Buenos_Aires', tell: 'new' };
const token = 'operator-token';
const send = ({ call }: ReturnType<typeof harness>, states: readonly unknown[]) =>
  call('POST', '/api/watches/w/states', { token, body: { states } });

describe('states of a watch', () => {
  test('fit into one body, as many as the description says, and more are refused by their number', async () => {
    const made = harness();
    const { json } = await made.call('GET', '/openapi.json');
    const { requestBody } = json.paths['/api/watches/{id}/states'].post;
    const { states } = requestBody.content['application/json'].schema.properties;
    expect(states.items.required).toEqual(['series', 'last', 'kind', 'tz', 'state']);
    const some = (count: number, length: number) =>
      Array.from({ length: count }, (_, at) => {
        const series = `up{at="${at}", path="${'x'.repeat(length)}"}`;
        return { series, last: 1, ...how, state: STATE };
      });
    const answer = await send(made, some(states.maxItems, 900));
    expect(answer).toMatchObject({ status: 200, json: { taken: states.maxItems } });
    const { json: more } = await send(made, some(states.maxItems + 1, 9));
    expect(more.error).toMatchObject({ field: 'states', expected: `at most ${states.maxItems}` });
  });

  test.each([
    ['kind', 'rate', 'gauge or counter'],
    ['kind', undefined, 'gauge or counter'],
    ['tz', 'Mars/Olympus', 'IANA'],
    ['tz', undefined, 'IANA'],
    ['tell', 'some', 'all or new'],
  ])('of which %s is %s are refused with what was expected', async (name, value, expected) => {
    const made = harness();
    const good = { series: 'up{}', last: 1, ...how, state: STATE };
    const { status, json } = await send(made, [good, { ...good, [name]: value }]);
    expect(status).toBe(400);
    expect(json.error).toMatchObject({ field: `states[1].${name}`, expected: expect.stringContaining(expected) });
    expect(made.operations.changes).toEqual([]);
  });
});
