// Proves that the import rule looks: a planted forbidden import must be reported, and the real tree must not be empty.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'nightshift-forbidden-'));
try {
  for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json'])
    cpSync(join(root, file), join(folder, file));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const room of ['decision', 'action', 'adapters/embedded', 'composition', 'loop', 'backtest'])
    mkdirSync(join(folder, 'lib', room), { recursive: true });
  writeFileSync(join(folder, 'lib/action/a.ts'), `export const a = 1;\n`);
  writeFileSync(join(folder, 'lib/adapters/embedded/e.ts'), `export const e = 1;\n`);
  writeFileSync(
    join(folder, 'lib/decision/planted.ts'),
    `import { a } from '../action/a.ts';\nimport { e } from '../adapters/embedded/e.ts';\nimport { readFileSync } from 'node:fs';\nexport const all = [a, e, readFileSync];\n`,
  );
  // By a detour: a backtest that imports what imports the runner, and one that imports it itself.
  writeFileSync(join(folder, 'lib/adapters/embedded/runner.ts'), `export const run = 1;\n`);
  writeFileSync(join(folder, 'lib/composition/detour.ts'), `export { run } from '../adapters/embedded/runner.ts';\n`);
  writeFileSync(join(folder, 'lib/composition/backtestPlanted.ts'), `export { run } from './detour.ts';\n`);
  writeFileSync(join(folder, 'lib/composition/backtest.ts'), `export { e } from '../adapters/embedded/e.ts';\n`);
  writeFileSync(join(folder, 'lib/loop/dispatch.ts'), `export const dispatch = 1;\n`);
  writeFileSync(join(folder, 'lib/backtest/planted.ts'), `export { dispatch } from '../loop/dispatch.ts';\n`);
  const bin = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const planted = spawnSync(process.execPath, [bin, '--config', '.dependency-cruiser.cjs', 'lib'], {
    cwd: folder,
    encoding: 'utf8',
  });
  for (const rule of [
    'stages-know-no-stage',
    'only-composition-builds',
    'pure-rooms-stay-pure',
    'backtest-cannot-act: lib/composition/backtestPlanted.ts → lib/adapters/embedded/runner.ts',
    'backtest-cannot-act: lib/backtest/planted.ts → lib/loop/dispatch.ts',
    'backtest-asks-only-prometheus: lib/composition/backtest.ts → lib/adapters/embedded/e.ts',
  ])
    if (!planted.stdout.includes(rule))
      throw new Error(`the planted import did not trip ${rule}:\n${planted.stdout}${planted.stderr}`);
  const real = execFileSync(
    process.execPath,
    [bin, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'lib'],
    {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 64e6,
    },
  );
  const modules = JSON.parse(real).summary.totalCruised;
  if (modules < 20) throw new Error(`the import rule saw only ${modules} modules of lib`);
  process.stdout.write(`import rule: planted imports refused, ${modules} modules seen\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
