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
// Left alone, V8 lets a storm's short-lived objects grow the heap to many times of what lives, and keeps the room. These can
// only be said before V8 begins: the process becomes itself again, with the same id and the same files.
const FRUGAL = ['--max-semi-space-size=8', '--heap-growing-percent=100'];
const again = process.execArgv.includes(FRUGAL[0]);
if (process.argv[2] === 'start' && !again && process.platform !== 'win32' && typeof process.execve === 'function')
  process.execve(process.execPath, [process.execPath, ...FRUGAL, ...process.execArgv, ...process.argv.slice(1)]);
const [{ enableCompileCache }, { existsSync }] = await Promise.all([import('node:module'), import('node:fs')]);
enableCompileCache();
// A clone runs its sources. The package carries them bundled: Node strips no types inside node_modules.
const source = new URL('../lib/cli/main.ts', import.meta.url);
const { main } = await import(existsSync(source) ? source.href : new URL('../dist/lib/main.mjs', import.meta.url).href);
process.exitCode = await main(process.argv.slice(2));
