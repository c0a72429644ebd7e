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
const { enableCompileCache } = await import('node:module');
enableCompileCache();
const { main } = await import('../lib/cli/main.ts');
process.exitCode = await main(process.argv.slice(2));
