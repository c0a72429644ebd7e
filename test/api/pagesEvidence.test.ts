import { describe, expect, test } from '@jest/globals';
import type { Evidence, EvidenceSeries, Incident, StoredEvent } from '../../lib/model/incident.ts';
import { type Harness, harness } from './harness.ts';
import { signal } from './pageRequests.ts';
import { MINUTE, NOW } from './scriptedOperations.ts';

const series = (change: Partial<EvidenceSeries> = {}): EvidenceSeries => ({
  indicator: 'orders',
  title: 'Orders',
  unit: 'orders',
  series: 'orders{host="web-1"}',
  score: 0,
  last: 36.63,
  median: 121.6,
  movedAt: null,
  blob: 'incidents/inc_1/evidence/0.json',
  spark: [121, 122, 36.63],
  ...change,
});

/** The page of an incident whose series have these samples: minutes before the alert, and a value. */
async function page(
  ranked: readonly (EvidenceSeries & { readonly at?: readonly number[] })[],
  change: Partial<Evidence> = {},
  more: Partial<Incident> = {},
): Promise<{ text: string; made: Harness; curves: string[] }> {
  const made = harness();
  const { operations } = made;
  const blob = operations.blob.bind(operations);
  const kept = new Map(ranked.map(({ blob: key, at = [] }) => [key, at.map((m) => [(NOW - m * MINUTE) / 1000, m])]));
  operations.blob = async (key) =>
    kept.has(key) ? new TextEncoder().encode(JSON.stringify(kept.get(key))) : blob(key);
  const evidence = { at: NOW, from: NOW - 180 * MINUTE, to: NOW, ranked, missing: [], summary: 'so it is', ...change };
  operations.incidentNow = { ...operations.incidentNow, evidence, ...more };
  const { text } = await made.call('GET', '/incidents/inc_1');
  return { text, made, curves: [...text.matchAll(/<path class="series"[^>]* d="([^"]*)"/g)].map(([, d = '']) => d) };
}

describe('the evidence on the page', () => {
  test('an old value says when it was seen, and no score is told of it', async () => {
    const { text } = await page([series({ silentFor: 7 * MINUTE, unrated: 'silent' })]);
    expect(text).toMatch(/36\.63 orders<\/strong> <span class="soft">last seen 7 min ago, usually 121\.6 orders</);
    expect(text).toContain('nothing of late to compare');
    expect(text).not.toContain('within its past');
    // Evidence of before does not say so.
    const before = (await page([series()])).text;
    expect(before).toMatch(/now, usually 121\.6 orders</);
    expect(before).toContain('within its past (score 0)');
  });
  test('where there is hardly any past nothing is usual', async () => {
    const { text } = await page([series({ unrated: 'little-past' })]);
    expect(text).toContain('too little past to compare');
    expect(text).not.toContain('usually');
    expect(text).not.toContain('class="usual"');
    expect(text).not.toContain('Ranked by');
  });
  test('all plots have one time axis, which is no longer than what is there, and is told', async () => {
    const old = { ...series(), at: [100, 50, 0] };
    const young = { ...series({ blob: 'young' }), at: [2, 1, 0] };
    const { text, curves } = await page([old, young]);
    expect(curves[0]).toMatch(/^M4 /);
    expect(curves[1]).toMatch(/^M309\.8 /);
    expect(text).toContain('Each plot: 100 min up to the alert');
  });
  test('what was measured later reaches beyond the alert, and a lone value is a dot', async () => {
    const { text, curves } = await page([{ ...series(), at: [10] }], { to: NOW + 5 * MINUTE });
    expect(text).toContain('15 min up to 5 min after the alert');
    expect(curves[0]).toMatch(/^M4 \S+h0$/);
  });
  test('a ratio above one is no percentage', async () => {
    const { text } = await page([series({ unit: 'ratio', last: 6.95, median: 6.9, spark: [6.9] })]);
    expect(text).toContain('<strong>6.95</strong>');
    expect(text).not.toContain('695');
  });
});

describe('the incident page', () => {
  test('what a signal saw stands in the timeline, of a firing only', async () => {
    const { made } = await page([]);
    const heard = (status: 'firing' | 'resolved', summary: string): StoredEvent => {
      const told = { ...signal('Anomaly'), status, annotations: { summary } };
      const event = { type: 'signal.heard', signal: told, severity: 'warning' } as const;
      const actor = { name: 'nightshift', via: 'system' } as const;
      return { v: 1, stream: 'inc_1', version: 1, at: NOW, actor, event, previous: '', hash: '' };
    };
    const set = {
      type: 'record.set',
      key: 'cure/["local","cache-1","redis"]',
      value: {},
      reason: 'see the event before',
    };
    made.operations.events = [
      heard('firing', 'Queue is unusual: 36.6 <b>'),
      heard('resolved', 'Redis is down'),
      { ...heard('firing', ''), event: set as unknown as StoredEvent['event'] },
    ];
    const { text } = await made.call('GET', '/incidents/inc_1');
    expect(text).toContain(': Queue is unusual: 36.6 &lt;b&gt;');
    expect(text).not.toContain('Redis is down');
    expect(text).toContain('the cure is remembered');
    expect(text).not.toContain('see the event before');
  });
  test('the decision beside the runbook is the one that it comes of', async () => {
    const { decisions } = harness().operations.incidentNow;
    const planned = decisions.find(({ plan }) => plan !== null);
    if (planned === undefined) throw new Error('nothing was planned');
    const later = { ...planned, id: 'dec_9', outcome: 'no-policy', plan: null, policy: null } as const;
    const { text } = await page([], {}, { decisions: [planned, later] });
    expect(text).toContain(`<b>Decision</b>${planned.outcome}<`);
  });
});

describe('the first page', () => {
  test('says that what is listed is resolved, where nothing is open', async () => {
    const made = harness();
    const { items } = await made.operations.incidents({ limit: 1 });
    const of = (state: 'open' | 'resolved', service: string | null) => async () => ({
      items: items.map((one) => ({ ...one, id: 'inc_1', state, service, host: 'cache-1' })),
      next: null,
    });
    made.operations.incidents = of('resolved', 'inc_1');
    const { text } = await made.call('GET', '/');
    expect(text).toContain('Nothing is open');
    expect(text).toContain('Resolved, and not closed yet:');
    // A run by hand is kept under its own id.
    expect(text).not.toContain('inc_1 on cache-1');
    expect(text).toContain('<td class="fix">prometheus</td>');
    made.operations.incidents = of('open', 'redis');
    expect((await made.call('GET', '/')).text).not.toContain('not closed yet');
  });
});
