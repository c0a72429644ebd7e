/** Printed by every suite that draws from it: NIGHTSHIFT_SEED repeats its moments. */
export const SEED = Number(process.env.NIGHTSHIFT_SEED ?? Date.now() % 100_000);

/** Numbers in [0, 1), the same for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
