import { expect, test } from '@jest/globals';
import { nightshift } from '../cli/nightshift.ts';
import { DOCUMENTS, fencesOf } from '../docs/markdown.ts';
import { HOUR, MINUTE, outages, pasts, queue, T0 } from './recorded.ts';

const open = pasts();

test('what docs/backtest.md shows is what comes of it', async () => {
  const text = DOCUMENTS.find(({ file }) => file === 'docs/backtest.md')?.text ?? '';
  const shown = fencesOf(text).find(({ info }) => info === 'console example')?.body;
  const past = await open();
  outages(past.prometheus, [[60, 61]]);
  queue(past.prometheus, [
    { from: T0 + 2 * HOUR, length: 30 * MINUTE, add: 400 },
    { from: T0 + 5 * HOUR, length: 10 * MINUTE, add: 25 },
  ]);
  const guards = 'cooldown: 30m, blastRadius: { hosts: 1, percent: 50 }';
  await past.folder('before', { perWeek: 20, guards });
  await past.folder('after', { perWeek: 1, autonomy: 'auto', guards });
  const words = 'backtest --from 2026-03-06T08:00:00Z --to 2026-03-06T16:00:00Z --old before --new after'.split(' ');
  const { out } = await nightshift(words, {}, past.root);
  expect(out).toBe(shown);
});
