import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { runbookOf } from './files.ts';

export interface Site {
  /** Where score-archive.sh is. */
  readonly scorer: string;
  readonly master: string;
  readonly home: string;
  readonly user?: string;
}

/** Who may run the job here: nobody is root's choice, and a stand-in for runuser keeps what root alone can read within reach. */
export const USER = userInfo().uid === 0 ? 'nobody' : userInfo().username;

/** Runs the runbook score-archive as SSM would, on a host whose properties name the site. */
export function submit(folder: string, site: Site | null, parameters: Readonly<Record<string, string>>) {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  const program = (name: string, text: string) => {
    writeFileSync(join(folder, 'bin', name), `#!/bin/bash\n${text}\n`);
    chmodSync(join(folder, 'bin', name), 0o755);
  };
  program('runuser', 'shift 3; exec "$@"');
  program('systemd-run', 'while [[ "$1" == --* ]]; do shift; done\nsetsid "$@" > /dev/null 2>&1 < /dev/null &');
  program('restart', `# '--properties-file' '${folder}/spark.conf'`);
  if (site !== null) {
    const { scorer, master, home, user = USER } = site;
    const lines = [`scorer=${scorer}`, `scorer.master=${master}`, `scorer.user=${user}`, `spark.home=${home}`];
    writeFileSync(join(folder, 'nightshift.properties'), `${lines.join('\n')}\n`);
  }
  const markers = join(folder, 'markers');
  const given = {
    what: 'score',
    samples: 'csv',
    tz: 'UTC',
    kind: 'gauge',
    tell: 'all',
    service: 'spark-master',
    unit: 'spark-master',
  };
  const { status, stdout, stderr } = spawnSync('bash', ['-c', runbookOf('spark', 'score-archive').script], {
    encoding: 'utf8',
    env: {
      PATH: `${folder}/bin:${dirname(process.execPath)}:${process.env.PATH}`,
      NIGHTSHIFT_MARKERS: markers,
      NIGHTSHIFT_RESTART_SPARK_MASTER: join(folder, 'bin/restart'),
      SSM_executionId: 'e-1',
      SSM_notAfter: `${Date.now() + 60_000}`,
      ...Object.fromEntries(Object.entries({ ...given, ...parameters }).map(([name, value]) => [`SSM_${name}`, value])),
    },
  });
  return { status, stdout, text: stdout + stderr, job: join(markers, 'e-1') };
}
