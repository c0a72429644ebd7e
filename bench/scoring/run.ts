import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { explain } from '../../lib/scoring/explain.ts';
import { BYTES, COUNT } from '../../lib/scoring/layout.ts';
import { bytes, open, reopen, step } from '../../lib/scoring/series.ts';
import { decodeShard, EMPTY, encodeShard } from '../../lib/watch/shard.ts';
import { measured, ours, samplesOf, tableOf } from './beside.ts';
import { install } from './programs.ts';
import { world } from './worlds.ts';

// npm run bench:scoring: ours beside causal detectors of the field on made-up series that were never chosen on, what "at most so
// many a week" comes to on series without troubles, and what a sample costs. Writes bench/scoring/results.json and docs/scoring.md.
const HELD_OUT = 1_001;
const SERIES = 200;
const CLEAN = 9_001;
const THOUSAND = 1_000;
const RATES = [0.25, 1, 4];
const SAID = [100, 300, 1_000, 3_000, 10_000];
const DOCUMENT = join(import.meta.dirname, '../../docs/scoring.md');
const [BEGIN, END] = ['<!-- peers -->', '<!-- /peers -->'];

/** Alarms a series and week on series without troubles. */
function promised(perWeek: number): number {
  let [alarms, weeks] = [0, 0];
  for (let seed = CLEAN; seed < CLEAN + SERIES; seed += 1) {
    const one = world(seed, { clean: true });
    alarms += ours(one, perWeek).alarms.length;
    weeks += one.weeks;
  }
  return alarms / weeks;
}

/** How often, in the median of the aspects, a sample of a series without troubles was said to be rarer than one in so many. */
function met(): readonly { readonly said: number; readonly met: number }[] {
  const counts = new Map<string, number[]>();
  let samples = 0;
  for (let seed = CLEAN; seed < CLEAN + SERIES; seed += 1) {
    const { times, values, probation } = world(seed, { clean: true });
    const series = open();
    for (let at = 0; at < values.length; at += 1) {
      const { phase } = step(series, times[at] ?? 0, values[at] ?? Number.NaN);
      if (at < probation || phase !== 'ready') continue;
      samples += 1;
      for (const { feature, side, oneIn } of explain(series, 2 * COUNT)) {
        const key = `${feature} ${side}`;
        const of = counts.get(key) ?? SAID.map(() => 0);
        counts.set(
          key,
          of.map((count, level) => count + (oneIn >= (SAID[level] ?? 0) ? 1 : 0)),
        );
      }
    }
  }
  return SAID.map((said, level) => {
    const all = [...counts.values()].map((of) => samples / (of[level] ?? 0)).sort((a, b) => a - b);
    return { said, met: all[Math.floor(all.length / 2)] ?? 0 };
  });
}

interface Rounds {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}
const ROUNDS = 25;

/** Microseconds a sample, over some rounds of so many samples each. The fastest says what the code costs, the others how busy the core was. */
function rounds(samples: number, run: () => void): Rounds {
  const all = Array.from({ length: ROUNDS }, () => {
    const from = performance.now();
    run();
    return ((performance.now() - from) * 1000) / samples;
  }).sort((a, b) => a - b);
  return { median: all[ROUNDS >> 1] ?? 0, least: all[0] ?? 0, most: all.at(-1) ?? 0 };
}
const told = ({ median, least, most }: Rounds) =>
  `${least.toFixed(2)} µs (median ${median.toFixed(2)}, slowest ${most.toFixed(2)})`;

/** A sample on one core, without and with a state that is loaded and saved around each. */
function speed(): { readonly step: Rounds; readonly carried: Rounds } {
  const { times, values } = world(HELD_OUT);
  const run = () => {
    const series = open();
    for (let at = 0; at < values.length; at += 1) step(series, times[at] ?? 0, values[at] ?? 0);
    return series;
  };
  for (let warm = 0; warm < 20; warm += 1) run();
  const often = 10;
  const alone = rounds(often * values.length, () => {
    for (let time = 0; time < often; time += 1) run();
  });
  const state = bytes(run());
  const series = open();
  let at = 0;
  const carry = (count: number) => {
    for (const end = at + count; at < end; at += 1) {
      reopen(series, state);
      step(series, at * 60, values[at % values.length] ?? 0);
      bytes(series, state);
    }
  };
  carry(5_000);
  return { step: alone, carried: rounds(50_000, () => carry(50_000)) };
}

/** Milliseconds for a shard of a thousand series: read, each series scored by one sample, written, as a round of the watch list does. */
function round(): number {
  const { times, values } = world(HELD_OUT);
  const known = open();
  for (let at = 0; at < values.length; at += 1) step(known, times[at] ?? 0, values[at] ?? 0);
  const state = bytes(known);
  const last = { t: 0, v: 1, score: 0, severity: 0, expected: 1, lower: 0, upper: 2 };
  const entries = Array.from({ length: THOUSAND }, (_, at) => ({
    watch: `indicator-${at % 20}`,
    labels: { cluster: 'prod-1', host: `ip-10-0-0-${at}`, service: 'redis', instance: `ip-10-0-0-${at}:9121` },
    last,
    alarmSince: null,
    silent: false,
    state,
  }));
  let written = encodeShard({ ...EMPTY, entries });
  const series = open();
  const minute = (at: number) => {
    const read = decodeShard(written);
    const scored = read.entries.map((entry) => {
      reopen(series, entry.state);
      step(series, 2e9 + at * 60, values[at % values.length] ?? 0);
      return { ...entry, state: bytes(series) };
    });
    written = encodeShard({ ...read, entries: scored });
  };
  for (let at = 0; at < 20; at += 1) minute(at);
  const from = performance.now();
  for (let at = 20; at < 120; at += 1) minute(at);
  return (performance.now() - from) / 100;
}

const twoDigits = (x: number) => Number(x.toPrecision(2)).toLocaleString('en-US');

install();
const worlds = Array.from({ length: SERIES }, (_, at) => world(HELD_OUT + at));
const found = measured(worlds);
const rates = RATES.map((rate) => ({ asked: rate, measured: promised(rate) }));
const micros = speed();
const odds = met();
const shard = round();
const machine = {
  cpu: cpus()[0]?.model ?? '',
  node: process.version,
  measuredAt: new Date().toISOString().slice(0, 10),
};
writeFileSync(
  join(import.meta.dirname, 'results.json'),
  `${JSON.stringify({ machine, found, rates, odds, micros, bytes: BYTES, shardOf1000Ms: shard }, null, 2)}\n`,
);

const rows = samplesOf(worlds);
const events = worlds.reduce((sum, one) => sum + one.events.length, 0);
const text = `${tableOf(found)}

${SERIES} series of ${rows.toLocaleString('en-US')} samples with ${events} labelled troubles, nearly half of the series with one that comes back; seeds ${HELD_OUT}–${HELD_OUT + SERIES - 1}, on which nothing was
chosen. On ${SERIES} series without troubles: ${rates.map(({ asked, measured: got }) => `${asked} a week asked for, ${got.toFixed(2)} measured`).join('; ')}.
An aspect that explains an anomaly as "1 in so many samples" met on the same series, in the median of the aspects: ${odds.map(({ said, met: got }) => `${said.toLocaleString('en-US')} said, ${twoDigits(got)} met`).join('; ')}.
A sample costs ${told(micros.step)}, ${told(micros.carried)} with its state loaded and saved, which is ${BYTES} bytes; the fastest of ${ROUNDS} rounds. A shard of 1,000 series is read, scored by a sample each and written in ${shard.toFixed(0)} ms: ${(Math.round(60_000 / shard) * 1_000).toLocaleString('en-US')} series a minute on one core. ${machine.cpu}, Node ${machine.node}, ${machine.measuredAt}.`;
process.stdout.write(`${text}\n`);
const document = readFileSync(DOCUMENT, 'utf8');
const [head, rest = ''] = document.split(BEGIN);
writeFileSync(DOCUMENT, `${head}${BEGIN}\n\n${text}\n\n${END}${rest.split(END)[1] ?? ''}`);
