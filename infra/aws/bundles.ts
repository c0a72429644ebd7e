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

/** kB gzipped that each function may have. Loading code is most of a cold start; what does not need much may not take it. */
const BUDGETS: Readonly<Record<string, number>> = {
  webhook: 115,
  signals: 125,
  query: 15,
  hosts: 220,
  figures: 90,
  heartbeat: 235,
  callbacks: 275,
  notify: 285,
  audit: 155,
  cleanup: 155,
  // Whatever carries an incident on holds every stage, the scorer among them.
  triage: 308,
  status: 308,
  sweep: 308,
  // The whole API, its pages and its description, and everything that a manual run decides.
  api: 360,
  runbook: 312,
};
const USUAL = 300;

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
    const budget = (BUDGETS[name] ?? USUAL) * KB;
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
