import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Site, submit } from './scoreArchive.ts';

const PLACES = { archive: 's3a://metrics/2026/*', out: '/scored' };

let folder = '';
let site: Site;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-archive-'));
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'home/bin'), { recursive: true });
  site = { scorer: folder, master: 'yarn', home: join(folder, 'home') };
  program('home/bin/spark-sql', 'exit 1');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function program(name: string, text: string): void {
  writeFileSync(join(folder, name), `#!/bin/bash\n${text}\n`);
  chmodSync(join(folder, name), 0o755);
}

test('a job that the cluster has taken goes on by itself', () => {
  program(
    'score-archive.sh',
    'printf "%s\\n" "$SPARK_HOME" "$@"\necho "Spark master: yarn, Application Id: application_1"\nexec sleep 20',
  );
  const { status, text, job } = submit(folder, site, {
    ...PLACES,
    what: 'learn',
    samples: 'parquet',
    tz: 'Europe/Berlin',
  });
  expect({ status, text }).toEqual({
    status: 0,
    text: expect.stringContaining('Application Id: application_1\nsubmitted'),
  });
  const given = [
    'learn',
    '--archive',
    PLACES.archive,
    '--out',
    PLACES.out,
    '--samples',
    'parquet',
    '--tz',
    'Europe/Berlin',
  ];
  const asked = readFileSync(join(job, 'job.log'), 'utf8').split('\n');
  expect(asked.slice(0, -2)).toEqual([
    site.home,
    ...given,
    '--kind',
    'gauge',
    '--tell',
    'all',
    '--',
    '--master',
    'yarn',
  ]);
  expect(readFileSync(join(job, 'job.exit'), 'utf8')).toBe('');
});

test('a short job is waited for, and one that fails is told with its last words', () => {
  program('score-archive.sh', 'echo "1000 16 3"');
  expect(submit(folder, site, PLACES)).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/1000 16 3\ndone\n$/),
  });
  rmSync(join(folder, 'markers'), { recursive: true });
  program('score-archive.sh', 'echo "the folder is not empty"; exit 1');
  expect(submit(folder, site, PLACES)).toMatchObject({
    status: 1,
    stdout: expect.stringMatching(/the folder is not empty\n$/),
    text: expect.stringContaining('failed: the job ended with 1'),
  });
});

test.each<[string, (site: Site) => Site | null, string]>([
  ['the host names no scorer', () => null, 'does not name scorer'],
  ['it would be root', (one) => ({ ...one, user: 'root' }), 'as root'],
  ['the user is not there', (one) => ({ ...one, user: 'no-such-user' }), 'no user no-such-user'],
  ['the scorer is not there', (one) => ({ ...one, scorer: '/nowhere' }), 'no /nowhere/score-archive.sh'],
  ['the master is odd', (one) => ({ ...one, master: 'yarn;reboot' }), 'no master that is known'],
  ['Spark is not there', (one) => ({ ...one, home: '/nowhere' }), 'no /nowhere/bin/spark-sql'],
])('refused where %s', (_, change, why) => {
  program('score-archive.sh', 'touch "$0.ran"');
  expect(submit(folder, change(site), PLACES)).toMatchObject({ status: 1, text: expect.stringContaining(why) });
});
