import { draws } from '../../test/scoring/made.ts';
import { type File, outcome, PROFILES, type Scores } from './protocol.ts';

const RESAMPLES = 10_000;

/**
 * By how much one detector's standard score is above another's, were the files drawn anew from those there are: the middle 90 % of a
 * bootstrap. The threshold of each is the best on all files.
 */
export function lead(files: readonly File[], ours: Scores, theirs: Scores): readonly [low: number, high: number] {
  const [standard] = PROFILES;
  if (standard === undefined) throw new Error('there is no standard profile');
  const [own, other] = [ours, theirs].map((scores) => {
    const { threshold } = outcome(files, scores, standard);
    return files.map((file) => outcome([file], scores, standard, threshold).gain);
  }) as [number[], number[]];
  const draw = draws(1);
  const leads = Array.from({ length: RESAMPLES }, () => {
    let [gain, windows] = [0, 0];
    for (let at = 0; at < files.length; at += 1) {
      const drawn = Math.floor(draw() * files.length);
      gain += (own[drawn] ?? 0) - (other[drawn] ?? 0);
      windows += files[drawn]?.windows.length ?? 0;
    }
    return (100 * gain) / (windows * (1 + standard.fnWeight));
  }).sort((a, b) => a - b);
  return [leads[RESAMPLES * 0.05] ?? 0, leads[RESAMPLES * 0.95] ?? 0];
}
