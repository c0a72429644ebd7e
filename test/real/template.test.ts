import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const ROOT = resolve(import.meta.dirname, '../..');
const LINTERS = join(ROOT, '.venv-lint/bin');
let folder = '';
let template = '';

interface Ran {
  readonly status: number | null;
  readonly said: string;
}
function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Ran {
  const options = { cwd: ROOT, encoding: 'utf8' as const, env: { ...process.env, ...env } };
  const { status, stdout, stderr } = spawnSync(program, args, options);
  return { status, said: `${stdout}${stderr}` };
}

beforeAll(async () => {
  if (!existsSync(join(LINTERS, 'checkov')))
    throw new Error(
      'cfn-lint and checkov are missing: python3 -m venv .venv-lint && .venv-lint/bin/pip install -r test/security/requirements.txt',
    );
  folder = await mkdtemp(join(tmpdir(), 'nightshift-template-'));
  const credentials = { AWS_ACCESS_KEY_ID: 'none', AWS_SECRET_ACCESS_KEY: 'none' };
  const packaged = run('osls', ['package', '--stage', 'prod', '--package', folder], credentials);
  expect(packaged).toMatchObject({ status: 0 });
  template = join(folder, 'cloudformation-template-update-stack.json');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('what is deployed', () => {
  test('cfn-lint finds nothing', () => {
    // W3005: Serverless says DependsOn where a reference says it too.
    const { said } = run(join(LINTERS, 'cfn-lint'), ['-t', template, '--format', 'parseable', '-i', 'W3005']);
    expect(said.trim()).toBe('');
  });

  test('checkov finds nothing but what is explained', () => {
    const config = join(ROOT, 'infra/aws/checkov.yaml');
    const { status, said } = run(join(LINTERS, 'checkov'), ['-f', template, '--config-file', config, '-o', 'json']);
    const found = JSON.parse(said.slice(said.indexOf('{'), said.lastIndexOf('}') + 1));
    expect(found.results?.failed_checks ?? []).toEqual([]);
    expect(found.summary?.passed ?? found.passed).toBeGreaterThan(200);
    expect(status).toBe(0);
  });

  test('holds no secret, and every document of the packs', async () => {
    const text = await readFile(template, 'utf8');
    expect(text).not.toMatch(/xox[bp]-|AKIA[0-9A-Z]{16}|-----BEGIN/);
    expect(text).toContain('nightshift-prod-restart-redis');
  });
});
