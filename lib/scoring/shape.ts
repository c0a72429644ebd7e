import { AT_SHAPES, H, RUN, SHAPES, type State } from './layout.ts';
import { clamp } from './numbers.ts';
import { lag } from './windows.ts';

/** Looked up once: a step asks for them a thousand times. */
const { floor, imul, min, sqrt } = Math;

/** Samples after which a shape is likely to have been replaced. */
const LIFE = 1000;
const WARM = 64;
const FIRST = 20;
/** Further out than any deviation says anything about. */
const FAR = 1e12;

/** Mean distance of the last four values to the four nearest of those remembered, in `unit`s; remembers some of them. */
export function strangeness({ head, body }: State, unit: number): number {
  const n = head[H.n] as number;
  if (n <= FIRST || !(unit > 0)) return 0;
  const known = head[H.shapes] as number;
  const x0 = lag(body, n, 0);
  const x1 = lag(body, n, 1);
  const x2 = lag(body, n, 2);
  const x3 = lag(body, n, 3);
  // The four smallest squared distances, in rising order.
  let [a, b, c, d] = [
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
  ];
  // Of the smallest numbers the inverse is infinite, and nothing times that is no number.
  const scale = min(1 / unit, Number.MAX_VALUE);
  for (let at = AT_SHAPES; at < AT_SHAPES + known * RUN; at += RUN) {
    const d0 = clamp(((body[at] as number) - x0) * scale, FAR);
    const d1 = clamp(((body[at + 1] as number) - x1) * scale, FAR);
    const d2 = clamp(((body[at + 2] as number) - x2) * scale, FAR);
    const d3 = clamp(((body[at + 3] as number) - x3) * scale, FAR);
    const away = d0 * d0 + d1 * d1 + d2 * d2 + d3 * d3;
    if (away >= d) continue;
    d = away;
    if (d < c) [c, d] = [d, c];
    if (c < b) [b, c] = [c, b];
    if (b < a) [a, b] = [b, a];
  }
  remember(head, body, n, known);
  return n < WARM || known < RUN ? 0 : (sqrt(a) + sqrt(b) + sqrt(c) + sqrt(d)) / 4;
}

/** A linear congruential generator: the same draws everywhere, and part of the state. */
function draw(head: Float64Array): number {
  const seed = (imul(head[H.seed] as number, 1_664_525) + 1_013_904_223) >>> 0;
  head[H.seed] = seed;
  return seed / 4_294_967_296;
}

function remember(head: Float64Array, body: Float32Array, n: number, known: number): void {
  let slot = -1;
  if (known < SHAPES) {
    slot = known;
    head[H.shapes] = known + 1;
  } else if (draw(head) < SHAPES / min(n, LIFE)) slot = floor(draw(head) * SHAPES);
  if (slot < 0) return;
  for (let j = 0; j < RUN; j += 1) body[AT_SHAPES + slot * RUN + j] = lag(body, n, j);
}
