import { H } from './layout.ts';
import { clamp } from './numbers.ts';

/** Looked up once: a step asks for them a thousand times. */
const { abs, min } = Math;

/** Samples after which the past weighs no more. */
const MEMORY = 1000;
/** How far one sample can pull, in deviations (Huber 1964). */
const HUBER = 3;

/** Moves the robust centre, scale and mean step towards one more value. */
export function moveCentre(head: Float64Array, n: number, x: number): void {
  const gain = 1 / min(n, MEMORY);
  const median = n === 1 ? x : (head[H.median] as number);
  const deviation = head[H.deviation] as number;
  const error = x - median;
  const size = abs(error);
  head[H.median] = median + gain * (deviation > 0 ? clamp(error, HUBER * deviation) : error);
  head[H.deviation] = deviation + gain * ((deviation > 0 ? min(size, 5 * deviation) : size) - deviation);
  const usual = head[H.meanStep] as number;
  const moved = n === 1 ? 0 : abs(x - (head[H.lastValue] as number));
  head[H.meanStep] = usual + gain * ((usual > 0 ? min(moved, 8 * usual) : moved) - usual);
  head[H.lastValue] = x;
}

/** In what distances from the centre are counted: the deviation, and a little of the level for series that hardly move. */
export function unitOf(head: Float64Array): number {
  return (head[H.deviation] as number) + 0.02 * abs((head[H.median] as number) + (head[H.origin] as number));
}
