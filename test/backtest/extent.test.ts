import { writeFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { backtest } from '../../lib/cli/commands/backtest.ts';
import { HOUR, MINUTE, outages, pasts, queue, T0, TO } from './recorded.ts';

const open = pasts();
const DAY = 24 * HOUR;

test('the times of the first and the last sample of the span are told: what came before is only learned from', async () => {
  const past = await open();
  queue(past.prometheus, []);
  const folder = await past.folder('new');
  const { recorded } = await past.run({ new: folder });
  expect(recorded.first).toBe(T0);
  expect(TO - recorded.last).toBeLessThanOrEqual(5 * MINUTE);
  // The series begins 25 hours before T0.
  const longer = await past.run({ new: folder, from: T0 - 2 * DAY });
  expect(longer.recorded.first).toBe(T0 - DAY - HOUR);
  const json: string[] = [];
  await backtest(
    { json: true, colours: false, write: (text) => json.push(text) },
    { from: new Date(T0 - 2 * DAY).toISOString(), to: new Date(TO).toISOString(), new: folder },
    { now: TO, environment: {}, errors: { write: () => undefined } },
  );
  expect(JSON.parse(json.join(''))).toMatchObject({ from: T0 - 2 * DAY, recorded: longer.recorded });
});

test('a time of which nothing was recorded is refused, with one configuration and with two', async () => {
  const past = await open();
  queue(past.prometheus, []);
  outages(past.prometheus, [[60, 61]]);
  const folder = await past.folder('new');
  // What is learned from is there, and no sample of the time itself.
  const span = { from: TO + HOUR, to: TO + 2 * HOUR };
  for (const old of [null, await past.folder('old', { perWeek: 20 })])
    await expect(past.run({ ...span, old, new: folder })).rejects.toMatchObject({
      kind: 'failed',
      code: 'backtest.history',
      message: 'no watch and no alert has a sample between --from and --to',
    });
  await writeFile(
    `${folder}/nightshift.yaml`,
    `watch: { packs: [], own: [{ name: odd, expr: 'sum(queue_length)' }] }\nprometheus: { url: '${past.prometheus.url}' }\n`,
  );
  await expect(past.run({ ...span, new: folder })).rejects.toMatchObject({
    message: expect.stringMatching(/\(odd: metrics\.query: Prometheus refuses/),
  });
});
