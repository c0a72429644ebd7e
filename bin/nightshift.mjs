#!/usr/bin/env node
// The entry point is plain JavaScript so that an old Node gets a sentence rather than a syntax error.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(
    `nightshift needs Node 24 or newer and this is ${process.version}. Run it through npm in its folder ` +
      `('npm start', 'npx nightshift'), which brings Node 24 along on Linux, or install Node 24.\n`,
  );
  process.exit(2);
}
// Left alone, V8 gives young objects 100 MB of its own accord and keeps them. A semi-space of 8 MB is as fast and a third of
// the memory, and can only be said before V8 begins: the process becomes itself again, with the same id and the same files.
const SMALL = '--max-semi-space-size=8';
const said = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some((text) => text.includes('semi-space-size'));
if (process.argv[2] === 'start' && !said && process.platform !== 'win32' && typeof process.execve === 'function')
  process.execve(process.execPath, [process.execPath, SMALL, ...process.execArgv, ...process.argv.slice(1)]);
const [{ enableCompileCache }, { existsSync }] = await Promise.all([import('node:module'), import('node:fs')]);
enableCompileCache();
// A clone runs its sources. The package carries them bundled: Node strips no types inside node_modules.
const source = new URL('../lib/cli/main.ts', import.meta.url);
const { main } = await import(existsSync(source) ? source.href : new URL('../dist/lib/main.mjs', import.meta.url).href);
process.exitCode = await main(process.argv.slice(2));
