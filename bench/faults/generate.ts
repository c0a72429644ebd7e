import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { setPriority, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { dice } from '../scoring/draws.ts';
import { Daily } from './daily.ts';
import { exportAlerts, exportSeries } from './exported.ts';
import { HostSite } from './hostSite.ts';
import { KafkaSite } from './kafkaSite.ts';
import { KINDS, type Sites } from './kinds.ts';
import { Others } from './others.ts';
import { type Plan, type Planned, plan } from './plan.ts';
import { RedisSite } from './redisSite.ts';
import { SparkSite } from './sparkSite.ts';
import { DAY, MINUTE, madeUp, SCALE } from './time.ts';
import { Watcher } from './watcher.ts';

const { values: given } = parseArgs({
  options: {
    out: { type: 'string', default: resolve(import.meta.dirname, '../data/faults') },
    seed: { type: 'string', default: '20260105' },
    parts: { type: 'string', default: 'base,kafka,spark' },
    kinds: { type: 'string' },
    'per-kind': { type: 'string', default: '2' },
    'clean-days': { type: 'string', default: '4.2' },
    'tail-days': { type: 'string', default: '0.8' },
    help: { type: 'boolean', default: false },
  },
});
const HELP = `node bench/faults/generate.ts [options]

Starts a real Redis, three Kafka brokers, a Spark of two workers, their exporters and a Prometheus on this machine, gives them the
load of days that last ${DAY / 1_000} s each, does them harm, and writes what Prometheus saw as CSV. Takes about half an hour; needs root
(mount), the Debian packages prometheus, prometheus-{node,redis}-exporter, redis-server, a JDK, and test/real/components/install.sh.

  --out FOLDER       where the files go (bench/data/faults)
  --seed N           order, times and strength of the faults, and the load (20260105)
  --parts LIST       base, kafka, spark (all)
  --kinds LIST       kinds of faults (all of these parts): ${Object.keys(KINDS).join(', ')}
  --per-kind N       how often each (2)
  --clean-days N     made-up days before the first fault (4.2)
  --tail-days N      made-up days after the last (0.8)
`;

const TICK = 25;
const say = (text: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
const seed = Number(given.seed);
const parts = given.parts.split(',');

function planned(): Plan {
  const all = Object.entries(KINDS).filter(([, { needs }]) => parts.includes(needs));
  const kinds = given.kinds?.split(',') ?? all.map(([name]) => name);
  const clean = Number(given['clean-days']) * DAY;
  return plan({ seed, kinds, perKind: Number(given['per-kind']), clean, tail: Number(given['tail-days']) * DAY });
}

async function startSites(folder: string): Promise<Sites> {
  const redis = await RedisSite.start(folder, dice(seed + 1));
  const host = await HostSite.start(folder);
  const kafka = parts.includes('kafka') ? await KafkaSite.start(dice(seed + 2)) : null;
  say('Redis, host and Kafka run');
  return { redis, host, kafka, spark: parts.includes('spark') ? await SparkSite.start(dice(seed + 3)) : null };
}

/** Gives the load until the plan is over; `nightly` and `each` made-up minute have their own work. */
function work(sites: Sites, begin: number, length: number): Promise<void> {
  const daily = new Daily(dice(seed + 4));
  let [before, minute] = [0, -1];
  return new Promise((done) => {
    const timer = setInterval(() => {
      const at = Date.now() - begin;
      const seconds = Math.min(1, (at - before) / 1_000);
      before = at;
      const load = daily.at(at);
      sites.redis.work(load, seconds);
      sites.kafka?.work(load, seconds);
      sites.spark?.work(load, seconds);
      sites.host.log(((70 * load) / (DAY / 1_000)) * seconds);
      const now = Math.floor(at / MINUTE) % 1_440;
      if (now !== minute) chores(sites, now);
      minute = now;
      if (at < length) return;
      clearInterval(timer);
      done();
    }, TICK);
  });
}
/** What happens each night: logs are rotated, Redis and files are backed up. */
function chores({ redis, host }: Sites, minute: number): void {
  if (minute === 0) host.rotate();
  if (minute === 120) redis.save();
  if (minute >= 125 && minute < 155 && minute % 5 === 0) host.backUp();
}

interface Label extends Planned {
  /** Real milliseconds since the beginning, as it was. */
  readonly from: number;
  readonly to: number;
}

async function harm(sites: Sites, fault: Planned, begin: number): Promise<Label> {
  const kind = KINDS[fault.kind];
  if (kind === undefined) throw new Error(`there is no kind ${fault.kind}`);
  await sleep(begin + fault.begin - Date.now());
  say(`${Math.round(fault.begin / 1_000)} s: ${fault.kind}, strength ${fault.strength.toFixed(2)}`);
  const from = Date.now() - begin;
  await kind.begin(sites, fault.strength, (fault.end - from) / 1_000);
  for (let at = Date.now() - begin; at < fault.end; at = Date.now() - begin) {
    kind.during?.(sites, fault.strength, (at - from) / (fault.end - from));
    await sleep(Math.min(100, fault.end - at));
  }
  const to = Date.now() - begin;
  await kind.end(sites);
  return { ...fault, from, to };
}
const sleep = (length: number) => new Promise((done) => setTimeout(done, Math.max(0, length)));

function labelled({ kind, strength, from, to }: Label): string {
  const known = KINDS[kind];
  const present = (known?.hosts ?? []).filter(
    (host) => !(/^k\d$/.test(host) && !parts.includes('kafka')) && !(host === 'driver' && !parts.includes('spark')),
  );
  return [kind, present.join(' '), madeUp(from), madeUp(to), strength.toFixed(3)].join(',');
}

async function generate(folder: string): Promise<void> {
  const { faults, length } = planned();
  say(`${faults.length} faults in ${(length / DAY).toFixed(1)} made-up days, ${Math.round(length / 60_000)} minutes`);
  const others = new Others();
  const sites = await startSites(folder);
  const targets = [sites.redis, sites.host, sites.kafka, sites.spark].flatMap((site) => site?.targets ?? []);
  const watcher = await Watcher.start(folder, targets);
  try {
    const begin = Date.now();
    const measuring = setInterval(() => others.measure(), 1_000);
    const telling = setInterval(() => say(`${Math.round((100 * (Date.now() - begin)) / length)} %`), 60_000);
    const working = work(sites, begin, length);
    const labels: string[] = [];
    for (const fault of faults) labels.push(labelled(await harm(sites, fault, begin)));
    await working;
    clearInterval(measuring);
    clearInterval(telling);
    mkdirSync(given.out, { recursive: true });
    writeFileSync(join(given.out, 'labels.csv'), `${['kind,hosts,begin,end,strength', ...labels].join('\n')}\n`);
    const span = { begin, end: begin + length };
    const alerts = await exportAlerts(watcher, span, given.out);
    const written = await exportSeries(watcher, span, given.out, (text) => sites.host.named(text));
    writeFileSync(join(given.out, 'disturbed.csv'), others.disturbed(begin));
    const busy = others.shares.map(({ processors }) => processors).toSorted((a, b) => a - b);
    const quantile = (share: number) => Number((busy[Math.floor(share * busy.length)] ?? Number.NaN).toFixed(3));
    const meta = { seed, scale: SCALE, minute: MINUTE, days: length / DAY, faults: labels.length, ...written, alerts };
    const processorsOfOthers = { p50: quantile(0.5), p95: quantile(0.95), max: quantile(0.999) };
    writeFileSync(join(given.out, 'run.json'), `${JSON.stringify({ ...meta, processorsOfOthers }, null, 2)}\n`);
    say(JSON.stringify({ ...meta, processorsOfOthers }));
  } finally {
    await watcher.stop();
    await Promise.all([sites.redis.stop(), sites.host.stop(), sites.kafka?.stop(), sites.spark?.stop()]);
    others.stop();
  }
}

if (given.help) process.stdout.write(HELP);
else {
  setPriority(10);
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-faults-'));
  await generate(folder);
  rmSync(folder, { recursive: true, force: true });
}
