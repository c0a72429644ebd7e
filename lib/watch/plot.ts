import { escapeXml } from '../language/xml.ts';
import type { Scored } from './scored.ts';

const [WIDTH, HEIGHT, EDGE] = [720, 180, 8];
/** More would not be seen: a column of the picture holds its lowest and its highest. */
const COLUMNS = 360;

/** A series with its band and its alarms as SVG, 720 × 180, in the colour of the text around it. */
export function plotSvg(rows: readonly Scored[], title: string): string {
  const [first, last] = [rows[0], rows.at(-1)];
  if (first === undefined || last === undefined) return '';
  const x = scale(first.t, last.t, WIDTH);
  const finite = rows.flatMap(({ v, lower, upper }) => [v, lower, upper]).filter(Number.isFinite);
  const up = scale(lowest(finite), highest(finite), HEIGHT);
  const y = (v: number) => round(HEIGHT - up(v));
  const shown = thinned(rows);
  const band = [
    ...shown.map(({ t, upper }) => `${x(t)} ${y(upper)}`),
    ...shown.toReversed().map(({ t, lower }) => `${x(t)} ${y(lower)}`),
  ];
  const alarms = spans(rows).map(
    ([from, to]) =>
      `<rect class="alarm" x="${x(from)}" y="0" width="${Math.max(2, round(x(to) - x(from)))}" height="${HEIGHT}" fill="crimson" stroke="none" opacity="0.25"/>`,
  );
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${WIDTH} ${HEIGHT}" stroke="currentColor">` +
    `<title>${escapeXml(title)}</title>` +
    `<path class="band" d="M${band.join('L')}Z" fill="currentColor" stroke="none" opacity="0.12"/>${alarms.join('')}` +
    `<path class="series" fill="none" stroke-width="1.5" d="M${shown.map(({ t, v }) => `${x(t)} ${y(v)}`).join('L')}"/></svg>`
  );
}

const lowest = (values: readonly number[]) => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
const highest = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
const round = (value: number) => Math.round(value * 10) / 10;

/** Halved before they are subtracted: the range of finite numbers may itself be infinite. */
function scale(low: number, high: number, length: number): (value: number) => number {
  const range = high / 2 - low / 2;
  return (value) => round(range > 0 ? EDGE + ((value / 2 - low / 2) / range) * (length - 2 * EDGE) : length / 2);
}

/** Of each column the rows with the lowest and the highest value, in their order. */
function thinned(rows: readonly Scored[]): readonly Scored[] {
  if (rows.length <= 2 * COLUMNS) return rows;
  const width = Math.ceil(rows.length / COLUMNS);
  const kept: Scored[] = [];
  for (let from = 0; from < rows.length; from += width) {
    const column = rows.slice(from, from + width).toSorted((a, b) => a.v - b.v);
    const ends = [column[0], column.at(-1)].filter((row) => row !== undefined);
    kept.push(...ends.toSorted((a, b) => a.t - b.t));
  }
  return kept;
}

/** Times between which the series was in alarm; a greater one that begins in a lesser is part of it. */
export function spans(rows: readonly Scored[]): readonly (readonly [from: number, to: number])[] {
  const found: [number, number][] = [];
  let isOn = false;
  for (const { t, alarm } of rows) {
    const open = isOn ? found.at(-1) : undefined;
    if (open !== undefined) open[1] = t;
    else if (alarm === 'begin') found.push([t, t]);
    isOn = alarm === 'begin' || alarm === 'on';
  }
  return found;
}
