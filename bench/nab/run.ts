import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { type Options, open, step, type Tell } from '../../lib/scoring/series.ts';
import { made } from '../../test/scoring/made.ts';
import { published, readCorpus, readScores, thresholds } from './corpus.ts';
import { ablation, scoresOf, twoFold } from './folds.ts';
import { lead } from './lead.ts';
import { type File, outcome, PROFILES, type Scores } from './protocol.ts';

// npm run bench:nab: the published results from their shipped scores, ours from `begin` rows, what one false alarm a week
// comes to on series without anomalies, and microseconds a sample. Writes bench/nab/results.json and the table of docs/scoring.md.
const DETECTORS = ['ARTime', 'numenta', 'contextOSE', 'randomCutForest'] as const;
const DOCUMENT = join(import.meta.dirname, '../../docs/scoring.md');
const [BEGIN, END] = ['<!-- figures -->', '<!-- /figures -->'];
const CLEAN = 200;
const WEEKS = 3;

function ours(files: readonly File[], options: Options): { readonly scores: Scores; readonly micros: number } {
  const from = performance.now();
  const scores = scoresOf(files, options);
  const samples = files.reduce((sum, { times }) => sum + times.length, 0);
  return { scores, micros: ((performance.now() - from) * 1000) / samples };
}

function falseAlarms(tell: Tell): number {
  let alarms = 0;
  for (let seed = 1; seed <= CLEAN; seed += 1) {
    const { times, values } = made(seed, { days: 7 * WEEKS });
    const series = open({ tell });
    for (const [at, time] of times.entries()) if (step(series, time, values[at] ?? 0).alarm === 'begin') alarms += 1;
  }
  return alarms / (CLEAN * WEEKS);
}

const partsTable = (title: string, parts: readonly (readonly [string, number])[]): string =>
  [`| ${title} | |`, '| --- | --- |', ...parts.map(([name, score]) => `| ${name} | ${score.toFixed(2)} |`)].join('\n');

const files = readCorpus();
const rows: string[][] = [];
for (const detector of DETECTORS) {
  const scores = readScores(detector);
  const got = PROFILES.map((profile) => {
    const limit = thresholds()[detector]?.[profile.name]?.threshold ?? 0;
    const { score } = outcome(files, scores, profile, limit);
    const wanted = published()[detector]?.[profile.name] ?? 0;
    if (Math.abs(score - wanted) > 0.05) throw new Error(`${detector} ${profile.name}: ${score}, published ${wanted}`);
    return score.toFixed(2);
  });
  rows.push([`${detector} (published, reproduced)`, ...got, '', '']);
}
const OURS: readonly (readonly [name: string, options: Options])[] = [
  ['Nightshift, 1 false alarm a week', {}],
  ['Nightshift, 2 false alarms a week', { maxFalseAlarmsPerWeek: 2 }],
  ['Nightshift, `--tell new`', { tell: 'new' }],
];
let micros = 0;
let ofNew: Scores = new Map();
for (const [name, options] of OURS) {
  const own = ours(files, options);
  if (micros === 0) micros = own.micros;
  if (options.tell === 'new') ofNew = own.scores;
  const outcomes = PROFILES.map((profile) => outcome(files, own.scores, profile));
  const [standard] = outcomes;
  rows.push([
    name,
    ...outcomes.map(({ score }) => score.toFixed(2)),
    `${standard?.found} of ${standard?.windows}`,
    `${standard?.falseAlarms}`,
  ]);
}
const clean = { all: falseAlarms('all'), new: falseAlarms('new') };
const folds = twoFold(files);
const parts = { all: ablation(files, 'all'), new: ablation(files, 'new') };
const [low, high] = lead(files, ofNew, readScores('ARTime'));
const head = ['Detector', 'standard', 'low FP', 'low FN', 'windows found', 'false alarms'];
const table = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
const about = `Measured ${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus()[0]?.model}: ${micros.toFixed(2)} µs a sample. Asked for at most one false alarm a week, ${CLEAN} series of ${WEEKS} weeks without anomalies had ${clean.all.toFixed(2)} a week each, ${clean.new.toFixed(2)} where only what is new is told.

Chosen on one half of the files and scored on the other (${folds.configurations} configurations, their thresholds, 20 stratified splits, both ways):
${folds.test.toFixed(2)} on the other half, ${folds.train.toFixed(2)} where it was chosen. Those of them that tell
what is new have ${folds.range.map((one) => one.toFixed(1)).join(', ')} on all files (the least, the mean, the highest). The lead of \`--tell new\`
over ARTime, were the files drawn anew (bootstrap, 90 %): ${low.toFixed(1)} to ${high.toFixed(1)}.

${partsTable('Standard, best threshold', parts.all)}

${partsTable('Standard, best threshold, `--tell new`', parts.new)}`;
process.stdout.write(`${table}\n\n${about}\n`);
writeFileSync(
  join(import.meta.dirname, 'results.json'),
  `${JSON.stringify({ head, rows, micros, clean, folds, lead: [low, high], parts }, null, 2)}\n`,
);
const text = readFileSync(DOCUMENT, 'utf8');
const [before = '', rest = ''] = text.split(BEGIN);
const [, after = ''] = rest.split(END);
writeFileSync(DOCUMENT, `${before}${BEGIN}\n\n${table}\n\n${about}\n\n${END}${after}`);
