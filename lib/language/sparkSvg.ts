import type { Millis } from '../model/basic.ts';
import type { Sample } from '../ports/metrics.ts';
import { escapeXml } from './xml.ts';

export interface Plotted {
  readonly samples: readonly Sample[];
  /** What is usual, drawn as a line; null draws none. */
  readonly median: number | null;
  /** When it left its past; null marks nothing. */
  readonly movedAt: Millis | null;
  /** The time that the picture spans, where several must share one axis; without it, that of the samples. */
  readonly span?: { readonly from: Millis; readonly to: Millis };
  /** Read aloud instead of the picture. */
  readonly title: string;
}

const WIDTH = 320;
const HEIGHT = 64;
const EDGE = 4;

/**
 * One series as a small SVG, 320 × 64, in the colour of the text around it. Gaps in the data (more than twice the usual
 * step, or a value that is not finite) are gaps in the line.
 */
export function sparkSvg({ samples, median, movedAt, span, title }: Plotted): string {
  const at = scales(samples, median, span);
  const usual =
    median === null ? '' : line(0, at.y(median), WIDTH, at.y(median), 'usual', 'stroke-dasharray="2 3" opacity="0.5"');
  const x = movedAt === null ? null : at.x(movedAt / 1000);
  const moved = x === null ? '' : line(x, 0, x, HEIGHT, 'moved', 'stroke="crimson"');
  const curve = `<path class="series" fill="none" stroke-width="1.5" stroke-linecap="round" d="${path(samples, at)}"/>`;
  const name = `<title>${escapeXml(title)}</title>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${WIDTH} ${HEIGHT}" stroke="currentColor">${name}${usual}${moved}${curve}</svg>`;
}

interface Scales {
  readonly x: (t: number) => number;
  readonly y: (v: number) => number;
}

function scales(samples: readonly Sample[], median: number | null, span: Plotted['span']): Scales {
  const ends = span === undefined ? [] : [span.from / 1000, span.to / 1000];
  const times = [...samples.map(({ t }) => t), ...ends];
  const values = [...samples.map(({ v }) => v), ...(median === null ? [] : [median])].filter(Number.isFinite);
  const across = scale(times, WIDTH);
  const up = scale(values, HEIGHT);
  return { x: across, y: (v) => round(HEIGHT - up(v)) };
}

/** Halved before they are subtracted: the range of finite numbers may itself be infinite. */
function scale(values: readonly number[], length: number): (value: number) => number {
  const low = values.reduce((a, b) => Math.min(a, b), values[0] ?? 0) / 2;
  const range = values.reduce((a, b) => Math.max(a, b), values[0] ?? 0) / 2 - low;
  return (value) => round(range > 0 ? EDGE + ((value / 2 - low) / range) * (length - 2 * EDGE) : length / 2);
}

function path(samples: readonly Sample[], at: Scales): string {
  const steps = samples.slice(1).map(({ t }, i) => t - (samples[i]?.t ?? t));
  const usual = steps.toSorted((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
  const finite = samples.filter(({ v }) => Number.isFinite(v));
  const gap = ({ t }: Sample, i: number) => i === 0 || t - (finite[i - 1]?.t ?? t) > 2 * usual;
  const starts = finite.map(gap);
  // What stands alone is a dot: a line needs two.
  const isAlone = (i: number) => starts[i] === true && starts[i + 1] !== false;
  return finite.map(({ t, v }, i) => `${starts[i] ? 'M' : 'L'}${at.x(t)} ${at.y(v)}${isAlone(i) ? 'h0' : ''}`).join('');
}

function line(x1: number, y1: number, x2: number, y2: number, name: string, style: string): string {
  return `<line class="${name}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" ${style}/>`;
}

const round = (n: number) => Math.round(n * 10) / 10;
