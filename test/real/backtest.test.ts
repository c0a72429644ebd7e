import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type BacktestOptions, backtest } from '../../lib/composition/backtest.ts';
import { answers, freePorts, need, type Started, startProcess, until } from './processes.ts';

const [SECOND, MINUTE, DAY] = [1_000, 60_000, 86_400_000];
/** Of the past week and the day before it, ending an hour ago. */
const TO = Math.floor(Date.now() / MINUTE) * MINUTE - 60 * MINUTE;
const FROM = TO - 7 * DAY;
const PLACE = 'cluster="prod",host="cache-1",service="redis"';
/** Redis is down in these, and its alert fires. */
const DOWN = [FROM + 3 * DAY, FROM + 3 * DAY + 360 * MINUTE];
const LENGTH = 3 * MINUTE;
/** Clients come in crowds: one great, one small. */
const CROWDS = [
  { from: FROM + 5 * DAY, add: 600 },
  { from: FROM + 6 * DAY, add: 60 },
];
const CROWD = 20 * MINUTE;

let folder: string;
let url: string;
let prometheus: Started | null = null;

beforeAll(async () => {
  need('prometheus', 'promtool');
  folder = await mkdtemp(join(tmpdir(), 'nightshift-backtest-'));
  await writeFile(join(folder, 'history.om'), openMetrics());
  const args = ['tsdb', 'create-blocks-from', 'openmetrics', '-q', join(folder, 'history.om'), join(folder, 'tsdb')];
  const made = spawnSync('promtool', args, { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`promtool: ${made.stdout}${made.stderr}`);
  await writeFile(join(folder, 'prometheus.yml'), 'scrape_configs: []\n');
  const [port = 0] = await freePorts(1);
  url = `http://127.0.0.1:${port}`;
  prometheus = startProcess(
    'prometheus',
    [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/tsdb`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    join(folder, 'prometheus.log'),
  );
  await until('prometheus', () => answers(`${url}/-/ready`));
});
afterAll(async () => {
  await prometheus?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** In [0, 1), the same for the same seed (splitmix32). */
function chance(seed: number): number {
  let bits = Math.imul(seed ^ (seed >>> 16), 0x21f0aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
  return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32;
}

function openMetrics(): string {
  const up: string[] = [];
  const clients: string[] = [];
  const alerts: string[] = [];
  const down = (at: number) => DOWN.some((from) => at >= from && at < from + LENGTH);
  for (let at = FROM - DAY; at <= TO; at += MINUTE) {
    const add = CROWDS.find(({ from }) => at >= from && at < from + CROWD)?.add ?? 0;
    up.push(`redis_up{${PLACE}} ${down(at) ? 0 : 1} ${at / SECOND}`);
    clients.push(`redis_connected_clients{${PLACE}} ${100 + 20 * chance((at - FROM) / MINUTE) + add} ${at / SECOND}`);
  }
  const labels = `alertname="RedisDown",alertstate="firing",severity="warning",${PLACE}`;
  for (const from of DOWN)
    for (let at = from; at < from + LENGTH; at += 15 * SECOND) alerts.push(`ALERTS{${labels}} 1 ${at / SECOND}`);
  const family = (name: string, lines: readonly string[]) => [`# TYPE ${name} gauge`, ...lines];
  const all = [...family('redis_up', up), ...family('redis_connected_clients', clients), ...family('ALERTS', alerts)];
  return `${all.join('\n')}\n# EOF\n`;
}

async function configuration(name: string, perWeek: number, autonomy: string): Promise<string> {
  const made = join(folder, name);
  await mkdir(join(made, 'policies'), { recursive: true });
  await writeFile(
    join(made, 'nightshift.yaml'),
    `prometheus: { url: '${url}' }\nwatch: { packs: [redis], maxFalseAlarmsPerWeek: ${perWeek} }\n`,
  );
  const policy = {
    name: 'restart-redis',
    match: 'alertname="RedisDown"',
    runbooks: [{ name: 'restart-redis', parameters: { service: 'redis' } }],
    autonomy,
    preconditions: [{ id: 'down', expr: 'redis_up{$selector}', is: '== 0', why: 'it must be down' }],
    verification: { expr: 'redis_up{$selector}', is: '== 1' },
    guards: { cooldown: '12h' },
  };
  await writeFile(join(made, 'policies/redis.yaml'), JSON.stringify({ policies: [policy] }));
  const host = { id: 'cache-1', cluster: 'prod', services: ['redis'], restart: { redis: ['true'] } };
  await writeFile(join(made, 'inventory.yaml'), JSON.stringify({ hosts: [host] }));
  return made;
}

test('a week of a real Prometheus: decisions, alarms and incidents that would differ', async () => {
  const options: Omit<BacktestOptions, 'old' | 'new'> = {
    from: FROM,
    to: TO,
    learn: 0,
    prometheus: null,
    environment: {},
    progress: () => undefined,
  };
  const old = await configuration('old', 200, 'shadow');
  const report = await backtest({ ...options, old, new: await configuration('new', 1, 'auto') });
  // Every indicator of the pack was asked for a week of minutes, more points than Prometheus gives at once.
  expect(report.new.problems).toEqual([]);
  expect(report.new.watches.filter(({ series }) => series > 0).map(({ id }) => id)).toContain('redis-clients');
  expect(report.alerts).toBe(2);
  const decisions = report.comparison?.decisions.both.filter((pair) => pair.old.alertname === 'RedisDown');
  expect(decisions?.map((pair) => [pair.new.at, pair.old.outcome, pair.new.outcome, pair.new.refusedBy])).toEqual([
    [DOWN[0], 'shadow', 'run', []],
    [DOWN[1], 'shadow', 'refuse', ['cooldown']],
  ]);
  const great = report.new.alarms.find(({ begin }) => begin >= FROM + 5 * DAY && begin < FROM + 5 * DAY + 5 * MINUTE);
  expect(great).toMatchObject({ watch: 'redis-clients', kind: 'anomaly' });
  // What the less sensitive one tells may begin at another minute, and is then not the same alarm; it tells less.
  const [onlyOld = 0, onlyNew = 0] = [
    report.comparison?.alarms.onlyOld.length,
    report.comparison?.alarms.onlyNew.length,
  ];
  expect(onlyOld).toBeGreaterThan(onlyNew);
  expect(report.comparison?.incidents.onlyOld.map(({ alertname }) => alertname)).toContain('Anomaly');
});
