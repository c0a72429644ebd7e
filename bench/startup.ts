import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePort, scratch, untilAnswers } from './processes.ts';
import type { Section } from './rows.ts';

const RUNS = 10;

/** Milliseconds from the command to the first 200 of /ready, with an empty data folder. */
async function once(program: string, args: readonly string[]): Promise<number> {
  const place = scratch();
  const [port, config, data] = [await freePort(), join(place.folder, 'nightshift.yaml'), join(place.folder, 'data')];
  writeFileSync(config, `listen: { host: 127.0.0.1, port: ${port} }\ndataFolder: ${data}\n`);
  const from = performance.now();
  const child = spawn(program, [...args, '--config', config], {
    stdio: 'ignore',
    cwd: resolve(import.meta.dirname, '..'),
  });
  const gone = new Promise<void>((done) => child.once('exit', () => done()));
  await untilAnswers(`http://127.0.0.1:${port}/ready`);
  const took = performance.now() - from;
  // npm is not the service: whom to end stands in the data folder, a moment after it is ready.
  const instance = join(data, 'instance.json');
  while (!existsSync(instance)) await new Promise((next) => setTimeout(next, 5));
  await new Promise((next) => setTimeout(next, 20));
  process.kill(Number(JSON.parse(readFileSync(instance, 'utf8')).pid), 'SIGTERM');
  await gone;
  place.remove();
  return took;
}

async function runs(program: string, args: readonly string[]): Promise<{ p50: number; slowest: number }> {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run += 1) times.push(await once(program, args));
  times.sort((a, b) => a - b);
  return { p50: times[RUNS / 2] ?? 0, slowest: times.at(-1) ?? 0 };
}

export const startup: Section = {
  name: 'startup',
  about: 'from the command to the first 200 of /ready, empty data folder',
  parameters: { runs: RUNS },
  async run() {
    const whole = await runs('npm', ['start', '--silent', '--']);
    const own = await runs(process.execPath, [resolve(import.meta.dirname, '../bin/nightshift.mjs'), 'start']);
    const row = { section: 'startup', unit: 'ms', peer: null };
    return [
      { ...row, what: `npm start to ready, p50 of ${RUNS}`, ours: whole.p50, goal: '< 2000' },
      { ...row, what: `npm start to ready, slowest of ${RUNS}`, ours: whole.slowest, goal: '< 2000' },
      { ...row, what: `without npm, p50 of ${RUNS}`, ours: own.p50, goal: null },
    ];
  },
};
