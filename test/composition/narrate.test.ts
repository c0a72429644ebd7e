import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { narrate } from '../../lib/composition/narrate.ts';
import type { Deps } from '../../lib/loop/deps.ts';
import type { StoredEvent } from '../../lib/model/incident.ts';
import { ScriptedOperations } from '../api/scriptedOperations.ts';
import { incident } from '../decision/fixtures.ts';

const [template] = new ScriptedOperations().events as [StoredEvent];
const { key, subject } = incident();
const opened = (at: number): StoredEvent => ({
  ...template,
  at,
  event: { type: 'incident.opened', key, subject, parent: null },
});
const escalated = (at: number, reason: string): StoredEvent => ({
  ...template,
  at,
  event: { type: 'incident.escalated', step: 1, reason },
});

test('what an earlier run wrote is not told again, what comes to it is', async () => {
  const streams = new Map([
    ['inc_old', [opened(1_000)]],
    ['inc_open', [opened(2_000), escalated(9_000, 'since')]],
  ]);
  const ledger = {
    list: async () => ({ items: [...streams.keys()].map((id) => ({ id })), next: null }),
    read: async (id: string) => streams.get(id) ?? [],
  } as unknown as Deps['ledger'];
  const said: string[] = [];
  const narrator = narrate({ ledger }, 'http://here', (line) => said.push(line), 8_000);
  try {
    await wait(400);
    expect(said).toEqual(['-- inc_open', '   7.0 s  escalation  since']);
    streams.set('inc_old', [opened(1_000), escalated(11_000, 'again')]);
    await wait(400);
    expect(said.slice(2)).toEqual(['-- inc_old', '  10.0 s  escalation  again']);
  } finally {
    narrator.stop();
  }
});
