import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { runbookOf } from './files.ts';

interface Worker {
  readonly at: string;
  readonly state: string;
  readonly used?: number;
  readonly free?: number;
}
/** What the pages say; null is a page that does not answer. The host's own worker is `here`. */
interface Cluster {
  readonly master: { readonly status: string; readonly workers: readonly Worker[] } | null;
  readonly worker: boolean;
}

/** As Spark 4.1 prints it, a line each. */
const page = ({ status, workers }: NonNullable<Cluster['master']>) =>
  JSON.stringify(
    {
      url: 'spark://m:7077',
      workers: workers.map(({ at, state, used = 0, free = 2 }) => ({
        id: `worker-${at}`,
        webuiaddress: `http://${at}:8081`,
        cores: used + free,
        coresused: used,
        coresfree: free,
        memory: 1024 * (used + free),
        memoryused: 1024 * used,
        memoryfree: 1024 * free,
        state,
        lastheartbeat: 1,
      })),
      aliveworkers: 1,
      activeapps: [{ id: 'app-1', state: 'RUNNING' }],
      status,
    },
    null,
    2,
  ).replace(/^( *"\w+"):/gm, '$1 :');

const HERE: Worker = { at: 'here', state: 'ALIVE' };
const OTHER: Worker = { at: 'other', state: 'ALIVE' };
const WELL: Cluster = { master: { status: 'ALIVE', workers: [OTHER, HERE] }, worker: true };
const among = (...workers: Worker[]): Cluster => ({ ...WELL, master: { status: 'ALIVE', workers } });

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-spark-'));
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'spark.conf'), 'spark.decommission.enabled true\n');
  writeFileSync(join(folder, 'nightshift.properties'), 'master.ui=http://m:8080\nworker.ui=http://here:8081\n');
});
afterEach(() => rmSync(folder, { recursive: true }));

function executable(name: string, text: string): void {
  writeFileSync(join(folder, name), `#!/bin/bash\n${text}`);
  chmodSync(join(folder, name), 0o700);
}
const says = ({ master, worker }: Cluster) => {
  const refused = 'echo "connection refused" >&2; exit 7';
  const told = master === null ? refused : `cat <<'END'\n${page(master)}\nEND`;
  return `case "$*" in *//m:*)\n${told}\n;;\n*) ${worker ? 'echo "{}"' : refused} ;;\nesac\n`;
};

/** Pages that are as given before the restart and, unless `after` says otherwise at first, well after it. */
function run(name: string, cluster: Cluster, pids = '4194305', after: Cluster = WELL) {
  const then = `if [ -e '${folder}/asked' ]; then\n${says(WELL)}else\ntouch '${folder}/asked'\n${says(after)}fi\n`;
  executable('bin/curl', `if [ -e '${folder}/restarted' ]; then\n${then}else\n${says(cluster)}fi\n`);
  executable('bin/pgrep', `printf '%s' '${pids}'\n`);
  executable('restart', `# '--properties-file' '${folder}/spark.conf'\ntouch '${folder}/restarted'\n`);
  const service = name === 'restart-master' ? 'spark-master' : 'spark-worker';
  const { status, stdout, stderr } = spawnSync('bash', ['-c', runbookOf('spark', name).script], {
    encoding: 'utf8',
    env: {
      PATH: `${folder}/bin:${process.env.PATH}`,
      NIGHTSHIFT_MARKERS: join(folder, 'markers'),
      [`NIGHTSHIFT_RESTART_${service.toUpperCase().replace('-', '_')}`]: join(folder, 'restart'),
      SSM_executionId: 'e-1',
      SSM_notAfter: `${Date.now() + 60_000}`,
      SSM_service: service,
      SSM_unit: service,
    },
  });
  return { status, text: stdout + stderr, restarted: existsSync(join(folder, 'restarted')) };
}

test.each<[string, string, Cluster]>([
  ['dead', 'restart-worker', { ...among(OTHER, { ...HERE, state: 'DEAD' }), worker: false }],
  ['unknown to the master', 'restart-worker', among(OTHER)],
  ['alive for the master, and silent', 'restart-worker', { ...WELL, worker: false }],
  ['silent', 'restart-master', { ...WELL, master: null }],
])('what is %s is restarted by %s', (_, name, cluster) => {
  expect(run(name, cluster)).toMatchObject({ status: 0, restarted: true });
});

const REFUSALS: readonly [string, string, Cluster, string][] = [
  ['the worker is well', 'restart-worker', WELL, 'it is not down'],
  ['it came back beside what it was', 'restart-worker', among({ ...HERE, state: 'DEAD' }, HERE), 'it is not down'],
  ['it was decommissioned', 'restart-worker', among({ ...HERE, state: 'DECOMMISSIONED' }), 'somebody wants it away'],
  ['the master is silent', 'restart-worker', { master: null, worker: false }, 'no data means no'],
  ['the master stands by', 'restart-worker', { master: { status: 'STANDBY', workers: [] }, worker: false }, 'STANDBY'],
  ['the master answers', 'restart-master', WELL, 'it is not down'],
  [
    'a master that stands by',
    'restart-master',
    { master: { status: 'STANDBY', workers: [] }, worker: true },
    'STANDBY',
  ],
  ['no other is alive', 'decommission-worker', among(HERE, { ...OTHER, state: 'DEAD' }), 'no other worker is alive'],
  [
    'there is no place',
    'decommission-worker',
    among({ ...HERE, used: 2, free: 0 }, { ...OTHER, used: 1, free: 1 }),
    '2 cores are in use here and 1 are free elsewhere',
  ],
  ['it is dead', 'decommission-worker', among({ ...HERE, state: 'DEAD' }, OTHER), 'only a live one'],
  ['the master does not answer', 'decommission-worker', { ...WELL, master: null }, 'no data means no'],
];
test.each(REFUSALS)('refused where %s (%s)', (_, name, cluster, why) => {
  expect(run(name, cluster)).toEqual({ status: 1, restarted: false, text: expect.stringContaining(why) });
});

test('no signal where it would be the death of the JVM, or where two processes could be meant', () => {
  expect(run('decommission-worker', WELL, '11\n12').text).toContain('not exactly one process is this worker: 11 12');
  rmSync(join(folder, 'markers'), { recursive: true });
  writeFileSync(join(folder, 'spark.conf'), 'spark.decommission.enabled false\n');
  expect(run('decommission-worker', WELL).text).toContain('spark.decommission.enabled is not true');
});

const BEGINS: Cluster = { master: { status: 'STANDBY', workers: [] }, worker: true };
const DEAD: Cluster = { ...WELL, master: null };
test('a master that begins is waited for; one that stands by where another may lead is well', () => {
  expect(run('restart-master', DEAD, '', BEGINS)).toMatchObject({
    status: 0,
    text: expect.stringMatching(/alive with 2/),
  });
  for (const name of ['markers', 'restarted', 'asked']) rmSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'spark.conf'), 'spark.deploy.recoveryMode ZOOKEEPER\n');
  expect(run('restart-master', DEAD, '', BEGINS)).toMatchObject({
    status: 0,
    text: expect.stringMatching(/stands by/),
  });
});
