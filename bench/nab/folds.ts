import { featureAt } from '../../lib/scoring/explain.ts';
import { FEATURES, SHAPE } from '../../lib/scoring/layout.ts';
import { type Options, open, step, type Tell } from '../../lib/scoring/series.ts';
import { NEW, TUNING, type Tuning } from '../../lib/scoring/tuning.ts';
import { draws } from '../../test/scoring/made.ts';
import { secondsOf } from './corpus.ts';
import { type File, outcome, PROFILES, type Scores } from './protocol.ts';

const SPLITS = 20;

interface Configuration {
  readonly tell: Tell;
  readonly tuning: Tuning;
}

/** The grid of the two-fold figure: configurations of scorer and alarm policy about the shipped ones, 144 that tell all and 54 that tell what is new. */
export function grid(): readonly Configuration[] {
  const all: Configuration[] = [];
  for (const forgiving of [0.7, 0.89])
    for (const gate of [0.6, 0.75, 0.9])
      for (const memory of [3_000, 8_000])
        for (const [usual, daily] of [[0, 0] as const, [0.4, 2.5] as const])
          for (const oneAWeek of [5.15, 5.75, 6.35])
            for (const [calm, greater] of [[6, 1.5] as const, [16, 3] as const])
              all.push({
                tell: 'all',
                tuning: { ...TUNING, forgiving, gate, memory, usual, daily, oneAWeek, calm, greater },
              });
  for (const forgiving of [0.5, 0.75, 0.89])
    for (const gate of [0.5, 0.75])
      for (const dulls of [0.3, 0.6, 0.9])
        for (const oneAWeek of [4.7, 5.3, 5.9])
          all.push({ tell: 'new', tuning: { ...NEW, forgiving, gate, dulls, oneAWeek } });
  return all;
}

/** Scores of the rows whose alarm is `begin`, each file from its beginning. */
export function scoresOf(files: readonly File[], options: Options, tuning?: Tuning): Scores {
  const scores = new Map<string, Float64Array>();
  for (const { name, times, values } of files) {
    const series = open(options, undefined, tuning);
    const own = new Float64Array(times.length);
    for (const [at, time] of times.entries()) {
      const { alarm, score } = step(series, secondsOf(time), values[at] ?? Number.NaN);
      if (alarm === 'begin') own[at] = score;
    }
    scores.set(name, own);
  }
  return scores;
}

/** Halves of every folder of the corpus, drawn from the seed. */
function split(files: readonly File[], seed: number): readonly [File[], File[]] {
  const draw = draws(seed);
  const halves: [File[], File[]] = [[], []];
  for (const folder of Map.groupBy(files, ({ name }) => name.split('/')[0]).values()) {
    const mixed = folder.map((file) => ({ file, key: draw() })).sort((a, b) => a.key - b.key);
    for (const [at, { file }] of mixed.entries()) halves[at % 2 === 0 ? 0 : 1].push(file);
  }
  return halves;
}

export interface Folds {
  /** Mean NAB standard score where all was chosen, and on the other half. */
  readonly train: number;
  readonly test: number;
  readonly configurations: number;
  /** Standard score on all files of those that tell what is new: the least, the mean and the highest. */
  readonly range: readonly [least: number, mean: number, most: number];
}

/** Configuration, policy and threshold chosen on one half, scored on the other, both ways, over 20 stratified splits. */
export function twoFold(files: readonly File[]): Folds {
  const [standard] = PROFILES;
  if (standard === undefined) throw new Error('there is no standard profile');
  const all = grid().map(({ tell, tuning }) => ({ tell, scores: scoresOf(files, { tell }, tuning) }));
  const whole = all.filter(({ tell }) => tell === 'new').map(({ scores }) => outcome(files, scores, standard).score);
  const mean = whole.reduce((sum, one) => sum + one, 0) / whole.length;
  let [train, test] = [0, 0];
  for (let seed = 1; seed <= SPLITS; seed += 1) {
    const [a, b] = split(files, seed);
    for (const [chosenOn, scoredOn] of [[a, b] as const, [b, a] as const]) {
      const found = all.map(({ scores }) => ({ scores, best: outcome(chosenOn, scores, standard) }));
      const top = found.reduce((one, other) => (other.best.score > one.best.score ? other : one));
      train += top.best.score;
      test += outcome(scoredOn, top.scores, standard, top.best.threshold).score;
    }
  }
  return {
    train: train / (2 * SPLITS),
    test: test / (2 * SPLITS),
    configurations: all.length,
    range: [Math.min(...whole), mean, Math.max(...whole)],
  };
}

type Change = readonly [name: string, change: Partial<Tuning>];

/** NAB standard without one feature, or with one parameter taken out; best threshold. */
export function ablation(files: readonly File[], tell: Tell): readonly (readonly [string, number])[] {
  const [standard] = PROFILES;
  if (standard === undefined) throw new Error('there is no standard profile');
  const shipped = tell === 'new' ? NEW : TUNING;
  const own: readonly Change[] =
    tell === 'new'
      ? [
          ['forgets after 3,000 samples', { memory: 3_000 }],
          ['forgets after 8,000 samples', { memory: 8_000 }],
          ['earlier alarms dull no later one', { dulls: 0 }],
        ]
      : [['forgets after 8,000 samples instead of 3,000', { memory: 8_000 }]];
  const changes: readonly Change[] = [
    ['as shipped', {}],
    ...FEATURES.flatMap((_, at) =>
      at === SHAPE ? [] : [[`without ${featureAt(at, tell === 'new')}`, { mute: [at] }] as const],
    ),
    ['without the gate', { gate: 1 }],
    ['plain mean excess', { forgiving: 0 }],
    ...own,
    ['what is usual at this hour of the day is not taken off', { usual: 0, daily: 0 }],
    ['what came on each day of late counts like any other', { daily: shipped.usual }],
    ['no margin for a young series', { young: 0 }],
    ['an alarm ends at once', { calm: 1 }],
    ['no greater alarm inside another', { greater: 1e9 }],
  ];
  return changes.map(([name, change]) => {
    return [name, outcome(files, scoresOf(files, { tell }, { ...shipped, ...change }), standard).score] as const;
  });
}
