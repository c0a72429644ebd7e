import { chmodSync, copyFileSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

// `node infra/spark/bundle.ts [folder]`: what a cluster needs, in one folder that can be copied to it.

const HERE = import.meta.dirname;
const DEFAULT_FOLDER = join(HERE, '../../build/spark');
const COPIED = [
  'ordered.sql',
  'score.sql',
  'learn.sql',
  'samples-csv.sql',
  'samples-parquet.sql',
  'score-archive.sh',
] as const;
/** The oldest Node that says the same to the last bit; test/real/sparkScoring.test.ts compares. */
const OLDEST_NODE = 'node20';

/** Writes the scorer as one file, and the SQL beside it, into the folder, which is made. Resolves with the launcher's path. */
export async function bundle(folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  await build({
    entryPoints: [join(HERE, 'scorer.ts')],
    outfile: join(folder, 'scorer.mjs'),
    bundle: true,
    platform: 'node',
    target: OLDEST_NODE,
    format: 'esm',
    mainFields: ['module', 'main'],
    // Commander asks for Node's own modules by `require`.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  for (const name of COPIED) copyFileSync(join(HERE, name), join(folder, name));
  const launcher = join(folder, 'score-archive.sh');
  chmodSync(launcher, 0o755);
  return launcher;
}

if (import.meta.main) process.stdout.write(`${await bundle(resolve(process.argv[2] ?? DEFAULT_FOLDER))}\n`);
