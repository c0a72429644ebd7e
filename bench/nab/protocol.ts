/** The scoring of the Numenta Anomaly Benchmark v1.1 (nab/sweeper.py), for one threshold over a whole corpus. */
export interface Profile {
  readonly name: string;
  readonly fpWeight: number;
  readonly fnWeight: number;
}
export const PROFILES: readonly Profile[] = [
  { name: 'standard', fpWeight: 0.11, fnWeight: 1 },
  { name: 'reward_low_FP_rate', fpWeight: 0.22, fnWeight: 1 },
  { name: 'reward_low_FN_rate', fpWeight: 0.11, fnWeight: 2 },
];

export interface File {
  readonly name: string;
  /** As written in the file, `YYYY-MM-DD HH:MM:SS`. */
  readonly times: readonly string[];
  readonly values: readonly number[];
  /** First and last row of each labelled window, in order. */
  readonly windows: readonly (readonly [number, number])[];
}
/** Anomaly score of each row of each file, by file name. */
export type Scores = ReadonlyMap<string, ArrayLike<number>>;

const sigmoid = (position: number) => (position > 3 ? -1 : 2 / (1 + Math.exp(5 * position)) - 1);
const MOST = sigmoid(-1);

/** Rows in which nothing counts: 15 % of the file, at most of 5,000. */
export const probation = (rows: number) => Math.min(Math.floor(0.15 * rows), Math.floor(0.15 * 5000));

interface Detection {
  readonly score: number;
  /** Of all windows of the corpus; −1 for a false alarm. */
  readonly window: number;
  /** What it is worth: a share of the window, or a penalty without its weight. */
  readonly worth: number;
}

/** Every row with a score, as what a detection there would be worth. */
function detections(files: readonly File[], scores: Scores): { all: Detection[]; windows: number } {
  const all: Detection[] = [];
  let windows = 0;
  for (const file of files) {
    const own = scores.get(file.name) ?? [];
    for (let row = probation(file.times.length); row < file.times.length; row += 1) {
      const score = own[row] ?? 0;
      if (score > 0) all.push(worthOf(file, row, score, windows));
    }
    windows += file.windows.length;
  }
  return { all, windows };
}

function worthOf(file: File, row: number, score: number, first: number): Detection {
  const at = file.windows.findIndex(([from, to]) => row >= from && row <= to);
  const inside = file.windows[at];
  if (inside !== undefined) {
    const [from, to] = inside;
    return { score, window: first + at, worth: sigmoid(-(to - row + 1) / (to - from + 1)) / MOST };
  }
  const before = file.windows.findLast(([, to]) => to < row);
  const worth = before === undefined ? -1 : sigmoid((row - before[1]) / (before[1] - before[0]));
  return { score, window: -1, worth };
}

export interface Outcome {
  /** 0 for a detector that says nothing, 100 for one that is right at once. */
  readonly score: number;
  /** What the score is made of: by how much it is better than to say nothing, in windows. */
  readonly gain: number;
  readonly threshold: number;
  readonly falseAlarms: number;
  readonly found: number;
  readonly windows: number;
}

/** The outcome at a given threshold, or at the best one for the profile where none is given. */
export function outcome(files: readonly File[], scores: Scores, profile: Profile, threshold?: number): Outcome {
  const { all, windows } = detections(files, scores);
  all.sort((a, b) => b.score - a.score);
  const best = new Map<number, number>();
  let sum = -profile.fnWeight * windows;
  let falseAlarms = 0;
  const told = (limit: number): Outcome => {
    const gain = sum + profile.fnWeight * windows;
    const score = windows === 0 ? 0 : (100 * gain) / (windows * (1 + profile.fnWeight));
    return { score, gain, threshold: limit, falseAlarms, found: best.size, windows };
  };
  let top = told(Number.POSITIVE_INFINITY);
  for (const [index, { score, window, worth }] of all.entries()) {
    if (threshold !== undefined && score < threshold) break;
    if (window === -1) {
      sum += worth * profile.fpWeight;
      falseAlarms += 1;
    } else {
      const before = best.get(window) ?? -profile.fnWeight;
      if (worth > before) {
        sum += worth - before;
        best.set(window, worth);
      }
    }
    const next = all[index + 1]?.score;
    if (next === score) continue;
    const now = told(score);
    if (threshold !== undefined || now.score > top.score) top = now;
  }
  return top;
}
