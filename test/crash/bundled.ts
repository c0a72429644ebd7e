import { build } from 'esbuild';

/** One file of a program and all it needs of ours, so that hundreds of processes start fast; packages stay outside. */
export async function bundled(entry: string, outfile: string): Promise<string> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // Packages are bundled as well: resolving them anew in each process takes longer than running.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    define: { 'import.meta.dirname': JSON.stringify(import.meta.dirname) },
    mainFields: ['module', 'main'],
    logLevel: 'error',
  });
  return outfile;
}
