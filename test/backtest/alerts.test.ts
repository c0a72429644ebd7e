import { describe, expect, test } from '@jest/globals';
import { type AlertEdge, recordedAlerts } from '../../lib/backtest/alerts.ts';
import { replayClock } from '../../lib/backtest/clock.ts';
import { historyOf } from '../../lib/backtest/history.ts';
import { failed } from '../../lib/model/errors.ts';
import type { Metrics } from '../../lib/ports/metrics.ts';

const STEP = 15_000;
const T0 = 1_767_571_200_000;

interface Asked {
  readonly points: number;
}

/** One alert that fires in these steps; answers of more than `most` points fail. */
function recorded(fires: (index: number) => boolean, most = 11_000): { metrics: Metrics; asked: Asked[] } {
  const asked: Asked[] = [];
  const never = async () => {
    throw new Error('not asked here');
  };
  const range: Metrics['range'] = async (_expr, from, to, step) => {
    const points = (to - from) / step + 1;
    asked.push({ points });
    if (points > most) throw failed('metrics.unavailable', 'too much');
    const times = Array.from({ length: points }, (_, index) => from + index * step);
    const samples = times.filter((at) => fires((at - T0) / STEP)).map((at) => ({ t: at / 1000, v: 1 }));
    const labels = { __name__: 'ALERTS', alertname: 'Down', alertstate: 'firing', host: 'h' };
    return samples.length === 0 ? [] : [{ labels, samples }];
  };
  return { metrics: { range, instant: never, raw: never, time: never, healthy: async () => true }, asked };
}

async function edges(metrics: Metrics, steps: number): Promise<readonly AlertEdge[]> {
  const to = T0 + steps * STEP;
  const history = historyOf(metrics, { clock: replayClock(T0), to, maxSeries: 100 });
  return recordedAlerts(history, T0, to, () => undefined);
}
const told = (found: readonly AlertEdge[]) => found.map(({ at, status }) => [(at - T0) / STEP, status]);

describe('alerts as they were recorded', () => {
  test('begin and end at their steps, also across the bounds of answers, and the last may still fire', async () => {
    const { metrics } = recorded((at) => (at >= 30 && at < 700) || at === 800 || at >= 990);
    const found = await edges(metrics, 1_000);
    expect(told(found)).toEqual([
      [30, 'firing'],
      [700, 'resolved'],
      [800, 'firing'],
      [801, 'resolved'],
      [990, 'firing'],
    ]);
    expect(found[1]).toEqual({
      at: T0 + 700 * STEP,
      status: 'resolved',
      startsAt: T0 + 30 * STEP,
      labels: { alertname: 'Down', host: 'h' },
    });
  });
  test('an answer that is too much is asked for in smaller ones', async () => {
    const { metrics, asked } = recorded((at) => at >= 500 && at < 510, 100);
    expect(told(await edges(metrics, 2_000))).toEqual([
      [500, 'firing'],
      [510, 'resolved'],
    ]);
    expect(asked.some(({ points }) => points > 100)).toBe(true);
  });
  test('what cannot be read even then is an error', async () => {
    const { metrics } = recorded(() => false, 0);
    await expect(edges(metrics, 100)).rejects.toMatchObject({ code: 'metrics.unavailable' });
  });
});
