/** Draws in [0, 1): a small generator of 32 bits, the same everywhere. */
export function draws(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** About normal: the sum of six draws. */
const normal = (draw: () => number) =>
  (Array.from({ length: 6 }, draw).reduce((a, b) => a + b, 0) - 3) / Math.sqrt(0.5);

/** A little restlessness without randomness. */
export const load = (at: number): number =>
  20 + 2 * Math.sin(at * 1.7) + 1.5 * Math.sin(at * 0.61) + Math.sin(at * 2.93);

/**
 * A series without anomalies: five-minute samples with a daily (often a weekly) load of random size, noise that may be sticky,
 * heavy-tailed, whole-numbered or never negative. Everything follows from the seed.
 */
export function made(seed: number, { days }: { readonly days: number }): { times: number[]; values: number[] } {
  const draw = draws(seed);
  const amplitude = draw() < 0.3 ? 0 : 1 + 4 * draw();
  const weekend = draw() < 0.4 ? 0.5 : 1;
  const sticky = draw() < 0.5 ? 0.7 + 0.28 * draw() : 0;
  const heavy = draw() < 0.3;
  const whole = draw() < 0.25;
  const positive = draw() < 0.5;
  const base = 20 + 80 * draw();
  const noise = 1 + 2 * draw();
  let state = 0;
  const times: number[] = [];
  const values: number[] = [];
  for (let at = 0; at < days * 288; at += 1) {
    const time = 1_699_920_000 + at * 300;
    const shock = normal(draw) * (heavy && draw() < 0.02 ? 4 : 1);
    state = sticky * state + Math.sqrt(1 - sticky * sticky) * shock;
    const share = (Math.floor(time / 86_400) + 4) % 7 >= 5 ? weekend : 1;
    const value = base + noise * (amplitude * share * Math.sin((time / 86_400) * 2 * Math.PI) + state);
    times.push(time);
    values.push(positive ? Math.max(0, whole ? Math.round(value) : value) : whole ? Math.round(value) : value);
  }
  return { times, values };
}
