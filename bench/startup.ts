import { freePort, scratch, startNightshift } from './processes.ts';
import type { Section } from './rows.ts';

const RUNS = 10;

export const startup: Section = {
  name: 'startup',
  about: 'from the start of the process to the first 200 of /ready, empty data folder',
  async run() {
    await freePort();
    const times: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      const place = scratch();
      const from = performance.now();
      const server = await startNightshift(place.folder);
      times.push(performance.now() - from);
      await server.stop();
      place.remove();
    }
    times.sort((a, b) => a - b);
    const row = { section: 'startup', unit: 'ms', peer: null };
    return [
      { ...row, what: `start to ready, p50 of ${RUNS}`, ours: times[RUNS / 2] ?? 0, goal: '< 2000' },
      { ...row, what: `start to ready, slowest of ${RUNS}`, ours: times.at(-1) ?? 0, goal: '< 2000' },
    ];
  },
};
