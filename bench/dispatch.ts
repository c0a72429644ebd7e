import { ask } from './processes.ts';
import type { Section } from './rows.ts';

interface Dispatched {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
  readonly sent: number;
  readonly wanted: number;
}

export const dispatch: Section = {
  name: 'dispatch',
  about: '100 alerts a second for 20 s, each its own incident: from the request to the call that sends the command',
  parameters: { alertsPerSecond: 100, seconds: 20, warmupSeconds: 6, hosts: 2600, clusters: 52 },
  async run() {
    const { p50, p95, max, sent, wanted } = await ask<Dispatched>('dispatchWorld.ts', []);
    const row = { section: 'dispatch', unit: 'ms', peer: null };
    return [
      { ...row, what: 'dispatched', unit: `of ${wanted}`, ours: sent, goal: `>= ${wanted}` },
      { ...row, what: 'webhook to dispatch, p50', ours: p50, goal: null },
      { ...row, what: 'webhook to dispatch, p95', ours: p95, goal: '< 100' },
      { ...row, what: 'webhook to dispatch, slowest', ours: max, goal: null },
    ];
  },
};
