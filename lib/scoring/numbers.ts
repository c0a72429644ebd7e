/** Looked up once: a step asks for them a thousand times. */
export const { exp } = Math;
const { log, sqrt } = Math;

/**
 * Powers and logarithms from the functions that give the same last bit everywhere: `**` and Math.pow differ between versions
 * of V8 on a tenth of their inputs, exp, log and sqrt do not.
 */
export const log2 = (x: number): number => log(x) / Math.LN2;
export const log10 = (x: number): number => log(x) / Math.LN10;
/** x to the power of 2.5. */
export const power = (x: number): number => x * x * sqrt(x);
/** Its inverse: x to the power of 0.4. */
export const root = (x: number): number => (x <= 0 ? 0 : exp(0.4 * log(x)));
export const clamp = (x: number, limit: number): number => (x > limit ? limit : x < -limit ? -limit : x);
