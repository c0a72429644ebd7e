import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build } from 'esbuild';
import { parse } from 'yaml';

const ROOT = resolve(import.meta.dirname, '../..');
const KB = 1024;

/** Of what Serverless is told, as much as bundling needs. */
interface Service {
  readonly custom: { readonly esbuild: Omit<BuildOptions, 'external'> & { readonly exclude: string[] } };
  readonly functions: Readonly<Record<string, { readonly handler: string }>>;
}

/** kB gzipped that no function may have. Loading code is most of a cold start. */
const MOST = 300;

/** What does not need that much may not take it: a port that is not needed is seen here first. */
const BUDGETS: Readonly<Record<string, number>> = {
  webhook: 115,
  signals: 125,
  query: 15,
  hosts: 220,
  figures: 90,
  heartbeat: 180,
  watch: 190,
  callbacks: 250,
  notify: 260,
  audit: 155,
  cleanup: 155,
};

export interface Bundle {
  readonly name: string;
  /** Bytes. */
  readonly raw: number;
  readonly gzipped: number;
  /** Bytes that it may have gzipped. */
  readonly budget: number;
}

/** Each function of serverless.yml as it would be deployed, in that order, with its code. */
export async function bundles(): Promise<readonly (Bundle & { readonly code: Uint8Array })[]> {
  // `!Ref` and its like mean nothing here.
  const service: Service = parse(readFileSync(join(ROOT, 'serverless.yml'), 'utf8'), { logLevel: 'silent' });
  const { exclude, ...options } = service.custom.esbuild;
  const each = Object.entries(service.functions).map(async ([name, { handler }]) => {
    const entry = join(ROOT, handler.replace(/\.[^.]+$/, '.ts'));
    const built = await build({
      ...options,
      entryPoints: [entry],
      external: exclude,
      outdir: '/',
      write: false,
      logLevel: 'error',
    });
    const code = built.outputFiles?.[0]?.contents ?? new Uint8Array();
    const budget = Math.min(BUDGETS[name] ?? MOST, MOST) * KB;
    return { name, raw: code.length, gzipped: gzipSync(code, { level: 9 }).length, budget, code };
  });
  return Promise.all(each);
}

const kB = (bytes: number) => String(Math.ceil(bytes / KB)).padStart(5);

/** Prints each bundle beside its budget; exit code 1 where one is over. */
async function main(): Promise<number> {
  const all = await bundles();
  const over = all.filter(({ gzipped, budget }) => gzipped > budget);
  const told = process.argv.includes('--all') ? all : over;
  for (const { name, raw, gzipped, budget } of told)
    process.stdout.write(`${name.padEnd(10)} ${kB(raw)} kB, gzipped ${kB(gzipped)} kB of ${kB(budget)} kB\n`);
  process.stdout.write(`${all.length} functions, ${over.length} over their budget\n`);
  return over.length === 0 ? 0 : 1;
}

if (import.meta.main) process.exitCode = await main();
