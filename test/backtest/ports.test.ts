import { describe, expect, test } from '@jest/globals';
import { replayClock } from '../../lib/backtest/clock.ts';
import { historyOf } from '../../lib/backtest/history.ts';
import { parseSettings } from '../../lib/catalogue/settings.ts';
import { scenes } from '../../lib/composition/backtestPorts.ts';
import type { Metrics, Series } from '../../lib/ports/metrics.ts';
import { bundleOf } from '../simulation/catalogue.ts';

const T0 = 1_767_571_200_000;
const MINUTE = 60_000;

/** So many series with a sample each minute; what was asked, and for when. */
function source(count: number) {
  const asked: string[] = [];
  const none = async () => [];
  const metrics: Metrics = {
    instant: async (expr, at) => {
      asked.push(`${expr} at ${at}`);
      return [];
    },
    range: async (expr, from, to, step): Promise<readonly Series[]> => {
      asked.push(`${expr} ${(from - T0) / step}..${(to - T0) / step}`);
      const times = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, at) => (from + at * step) / 1000);
      return Array.from({ length: count }, (_, at) => ({
        labels: { host: `h${at}` },
        samples: times.map((t) => ({ t, v: (t * 1000 - T0) / step })),
      }));
    },
    raw: none,
    time: async () => 0,
    healthy: async () => true,
  };
  return { metrics, asked };
}

describe('the ports of a backtest', () => {
  const written = `
smtp: { host: mail.test }
channels: { hook: { kind: webhook, url: 'http://hook.test/' } }
routes: [{ channels: [hook] }]
heartbeat: { channels: [hook] }
`;
  const side = { folder: '.', settings: parseSettings(written, 'nightshift.yaml', {}), bundle: bundleOf(), hosts: [] };
  const { deps } = scenes(side, source(0).metrics, T0)(T0);

  test('can send to nobody, and know nobody who could be told', async () => {
    const { runner, http, queue, mail, alertmanager, settings } = deps;
    const request = { method: 'GET', url: 'http://x.test', headers: {}, body: null, timeout: 1 } as const;
    for (const asked of [
      runner.status('c', 'h'),
      runner.find('e', 'r', 0),
      runner.cancel('c'),
      http.request(request),
      queue.put([]),
    ])
      await expect(asked).rejects.toMatchObject({ kind: 'refused', code: 'backtest.acts' });
    expect([mail, alertmanager]).toEqual([null, null]);
    const { channels, routes, escalation, heartbeat, smtp } = settings;
    expect([channels, routes, escalation, heartbeat.channels, smtp]).toEqual([{}, [], {}, [], null]);
  });
  test('ask for now at the time of the replay', async () => {
    const { metrics, asked } = source(0);
    const clock = replayClock(T0);
    const history = historyOf(metrics, { clock, to: T0 + MINUTE, maxSeries: 10 });
    clock.set(T0 + MINUTE);
    clock.set(T0);
    await history.instant('up');
    await history.raw('up', 90_000);
    expect(await history.time()).toBe((T0 + MINUTE) / 1000);
    expect(asked).toEqual([`up at ${T0 + MINUTE}`, `up[90000ms] at ${T0 + MINUTE}`]);
  });
});

describe('ranges that are read ahead', () => {
  const reading = (count: number, minutes: number, maxSeries = 1_000) => {
    const { metrics, asked } = source(count);
    const history = historyOf(metrics, { clock: replayClock(T0), to: T0 + minutes * MINUTE, maxSeries });
    const minute = (at: number) => history.range('x', T0 + at * MINUTE, T0 + at * MINUTE, MINUTE);
    return { asked, minute, history };
  };
  test('give each minute its own sample, whatever was read at once', async () => {
    const { minute, asked, history } = reading(2, 500);
    for (let at = 0; at <= 500; at += 1)
      expect((await minute(at)).map(({ samples }) => samples)).toEqual([
        [{ t: T0 / 1000 + at * 60, v: at }],
        [{ t: T0 / 1000 + at * 60, v: at }],
      ]);
    expect(asked).toEqual(['x 0..59', 'x 60..500']);
    expect(history.seriesOf('x')).toBe(2);
  });
  test('are the shorter the more series there are', async () => {
    const { minute, asked } = reading(500, 400);
    for (let at = 0; at <= 400; at += 1) await minute(at);
    expect(asked.slice(0, 3)).toEqual(['x 0..59', 'x 60..159', 'x 160..259']);
  });
  test('of more series than are watched are refused, and not read on', async () => {
    const { minute, asked } = reading(11, 400, 10);
    for (let at = 0; at < 400; at += 1) await expect(minute(at)).rejects.toMatchObject({ code: 'watch.series' });
    expect(asked).toEqual(['x 0..59']);
  });
  test('of more series than are watched are refused also where the first answer was the last', async () => {
    const { minute } = reading(11, 30, 10);
    for (let at = 0; at <= 30; at += 1) await expect(minute(at)).rejects.toMatchObject({ code: 'watch.series' });
  });
});
