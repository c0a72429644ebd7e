import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundles } from '../infra/aws/bundles.ts';
import { scratch } from './processes.ts';
import type { Row, Section } from './rows.ts';

const RUNS = 15;
const EMPTY = 'exports.handler = async () => ({});';
/** What a function is told of where it stands; nothing here is asked while code is loaded. */
const ENVIRONMENT = {
  PATH: process.env.PATH,
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
  AWS_LAMBDA_FUNCTION_NAME: 'bench',
};

/** Milliseconds from the start of the process to a handler that can be called. */
const LOAD = `const { handler } = require(process.argv[1]);
if (typeof handler !== 'function') throw new Error('no handler');
process.stdout.write(String(performance.now()));
process.exit(0);`;

function once(file: string): number {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', LOAD, file], {
    env: ENVIRONMENT,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${file}: ${stderr}`);
  return Number(stdout);
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Lambda's init phase, as far as it is ours: a new process loads the bundle. An empty handler takes turns with each. */
export const coldStart: Section = {
  name: 'cold-start',
  about: 'from a new process to a loaded handler, each function of serverless.yml beside an empty one',
  parameters: { runs: RUNS },
  async run() {
    const place = scratch();
    const written = (await bundles()).map(({ name, code, gzipped }) => {
      const file = join(place.folder, name, 'handler.cjs');
      mkdirSync(join(place.folder, name));
      writeFileSync(file, code);
      return { name, file, gzipped };
    });
    const empty = join(place.folder, 'empty.cjs');
    writeFileSync(empty, EMPTY);
    const rows = written.flatMap(({ name, file, gzipped }): Row[] => {
      const [own, bare]: [number[], number[]] = [[], []];
      for (let run = 0; run < RUNS; run += 1) {
        bare.push(once(empty));
        own.push(once(file));
      }
      const row = { section: 'cold-start', peer: null };
      return [
        {
          ...row,
          what: `${name}, more than an empty handler, p50`,
          unit: 'ms',
          ours: median(own) - median(bare),
          goal: '< 120',
        },
        { ...row, what: `${name}, gzipped`, unit: 'kB', ours: gzipped / 1024, goal: '< 300' },
      ];
    });
    place.remove();
    return rows;
  },
};
