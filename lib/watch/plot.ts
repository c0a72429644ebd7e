import { escapeXml } from '../language/xml.ts';
import { dateText, scale, short, type Tick, timeTicks, valueTicks } from './axes.ts';
import type { Scored } from './scored.ts';

export interface PlotOptions {
  readonly title: string;
  readonly unit: string;
  /** IANA name: of the times that are written. */
  readonly timeZone: string;
}

const [WIDTH, HEIGHT] = [720, 260];
/** The frame: left of it the values, above it the title, below it the times and what is what. */
const [LEFT, RIGHT, TOP, BOTTOM] = [58, 712, 40, 216];
/** More would not be seen: a column of the series holds its lowest and its highest, one of the band its last. */
const [COLUMNS, BANDS] = [220, 110];
const TITLE = 72;
const GRID = 'stroke="currentColor" stroke-opacity="0.15"';
const TEXT = 'stroke="none" fill="currentColor"';
const RED = 'crimson';

/**
 * A series with what was expected of it, the band and its alarms as SVG, 720 × 260, in the colour of the text around it. The same
 * rows give the same bytes. Gaps in the data (more than twice the usual step) are gaps in every line.
 */
export function plotSvg(rows: readonly Scored[], { title, unit, timeZone }: PlotOptions): string {
  const [first, last] = [rows[0], rows.at(-1)];
  if (first === undefined || last === undefined) return '';
  const [low, high] = range(rows);
  const place: Place = {
    x: scale(first.t, last.t, LEFT, RIGHT),
    y: scale(low, high, BOTTOM - 6, TOP + 8),
    bounded: (v) => Math.min(high, Math.max(low, v)),
  };
  const named = unit === '' ? title : `${cut(title)} (${cut(unit)})`;
  const written = (v: number) => `${short(v)}${unit === '' ? '' : ` ${cut(unit)}`}`;
  const period = `${dateText(first.t, timeZone)} to ${dateText(last.t, timeZone)} ${timeZone}`;
  const parts = pieces(rows);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}"`,
    ` font-family="system-ui,sans-serif" font-size="11">`,
    `<title>${escapeXml(`${named}, ${period}`)}</title>`,
    `<text x="8" y="14" ${TEXT} font-size="13" font-weight="600">${escapeXml(unit === '' ? cut(title) : named)}</text>`,
    `<text x="8" y="30" ${TEXT} fill-opacity="0.7">${escapeXml(period)}</text>`,
    `<text x="${RIGHT}" y="30" ${TEXT} text-anchor="end">${escapeXml(`last ${written(last.v)}, expected ${written(last.expected)}`)}</text>`,
    ...valueTicks(low, high).map((tick) => valueLine(tick, place)),
    ...timeTicks(first.t, last.t, timeZone).map((tick) => timeLine(tick, place)),
    ...band(parts, place),
    ...spans(rows).flatMap(([from, to]) => alarm(place.x(from), place.x(to))),
    `<path class="series" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round" stroke-linecap="round" d="${curve(parts, place)}"/>`,
    legend(),
    '</svg>',
  ].join('');
}

interface Place {
  readonly x: (t: number) => number;
  readonly y: (v: number) => number;
  readonly bounded: (v: number) => number;
}

/** Of the values, and of the band as far as that does not press them flat. */
function range(rows: readonly Scored[]): readonly [low: number, high: number] {
  const values = rows.map(({ v }) => v);
  const [low, high] = [lowest(values), highest(values)];
  const ends = rows.flatMap(({ lower, upper, expected }) => [lower, upper, expected]).filter(Number.isFinite);
  if (ends.length === 0) return [low, high];
  const room = high > low ? high / 2 - low / 2 : Number.MAX_VALUE;
  return [Math.max(low - room, Math.min(low, lowest(ends))), Math.min(high + room, Math.max(high, highest(ends)))];
}

const lowest = (values: readonly number[]) => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
const highest = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
const cut = (text: string) => (text.length > TITLE ? `${text.slice(0, TITLE - 1).toWellFormed()}…` : text);

function valueLine({ at, text }: Tick, { y }: Place): string {
  return `<path d="M${LEFT} ${y(at)}H${RIGHT}" ${GRID}/><text x="${LEFT - 6}" y="${y(at) + 4}" ${TEXT} text-anchor="end">${text}</text>`;
}

function timeLine({ at, text }: Tick, { x }: Place): string {
  const anchor = x(at) > RIGHT - 16 ? 'end' : x(at) < LEFT + 16 ? 'start' : 'middle';
  return `<path d="M${x(at)} ${TOP}V${BOTTOM}" ${GRID}/><text x="${x(at)}" y="${BOTTOM + 14}" ${TEXT} text-anchor="${anchor}">${text}</text>`;
}

/** A bar at the top as well: not everybody sees the red. */
function alarm(from: number, to: number): readonly string[] {
  const width = Math.max(2, Math.round((to - from) * 10) / 10);
  const rect = (name: string, height: number, opacity: number) =>
    `<rect class="${name}" x="${from}" y="${TOP}" width="${width}" height="${height}" fill="${RED}" stroke="none" fill-opacity="${opacity}"/>`;
  return [rect('alarm', BOTTOM - TOP, 0.2), rect('mark', 4, 1)];
}

/** Stretches without a gap. */
function pieces(rows: readonly Scored[]): readonly (readonly Scored[])[] {
  const steps = rows.slice(1).map(({ t }, at) => t - (rows[at]?.t ?? t));
  const usual = steps.toSorted((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
  const found: Scored[][] = [];
  for (const [at, row] of rows.entries()) {
    const piece = found.at(-1);
    if (piece === undefined || (steps[at - 1] ?? 0) > 2 * usual) found.push([row]);
    else piece.push(row);
  }
  return found;
}

/** Rows that share a column of the picture, of which there are so many from one end to the other. */
function columns(piece: readonly Scored[], { x }: Place, count: number): readonly (readonly Scored[])[] {
  const width = (RIGHT - LEFT) / count;
  return [...Map.groupBy(piece, ({ t }) => Math.floor((x(t) - LEFT) / width)).values()];
}

/** Of each column the rows with the lowest and the highest value, in their order; a sample that stands alone is a dot. */
function curve(parts: readonly (readonly Scored[])[], place: Place): string {
  return parts
    .map((piece) => {
      const shown = columns(piece, place, COLUMNS).flatMap((column) => {
        const sorted = column.toSorted((a, b) => a.v - b.v);
        const ends = new Set([sorted[0], sorted.at(-1)].filter((row) => row !== undefined));
        return [...ends].toSorted((a, b) => a.t - b.t);
      });
      return shown.length === 1 ? `${line(shown, place, ({ v }) => v)}h0` : line(shown, place, ({ v }) => v);
    })
    .join('');
}

function line(rows: readonly Scored[], { x, y, bounded }: Place, of: (row: Scored) => number): string {
  return rows.map((row, at) => `${at === 0 ? 'M' : 'L'}${x(row.t)} ${y(bounded(of(row)))}`).join('');
}

/** What was usual as an area, what was expected as a dashed line in it. */
function band(parts: readonly (readonly Scored[])[], place: Place): readonly string[] {
  const shown = parts
    .map((piece) => columns(piece, place, BANDS).flatMap((column) => column.at(-1) ?? []))
    .map((piece) => piece.filter((row) => Number.isFinite(row.lower) && Number.isFinite(row.upper)))
    .filter((piece) => piece.length > 1);
  const area = shown.map((piece) => {
    const back = line(piece.toReversed(), place, ({ lower }) => lower).replace('M', 'L');
    return `${line(piece, place, ({ upper }) => upper)}${back}Z`;
  });
  const expected = shown.map((piece) => line(piece, place, (row) => row.expected));
  return [
    `<path class="band" d="${area.join('')}" fill="currentColor" stroke="none" fill-opacity="0.13"/>`,
    `<path class="expected" d="${expected.join('')}" fill="none" stroke="currentColor" stroke-opacity="0.55" stroke-dasharray="4 3"/>`,
  ];
}

/** What is what. */
function legend(): string {
  const y = HEIGHT - 10;
  const entry = (x: number, sign: string, text: string) =>
    `${sign}<text x="${x + 24}" y="${y + 4}" ${TEXT}>${text}</text>`;
  const stroke = (x: number, style: string) => `<path d="M${x} ${y}h18" stroke="currentColor" ${style}/>`;
  const box = (x: number, style: string) => `<rect x="${x}" y="${y - 5}" width="18" height="10" ${style}/>`;
  return [
    entry(LEFT, stroke(LEFT, 'stroke-width="1.5"'), 'value'),
    entry(LEFT + 80, stroke(LEFT + 80, 'stroke-opacity="0.55" stroke-dasharray="4 3"'), 'expected'),
    entry(LEFT + 180, box(LEFT + 180, 'fill="currentColor" fill-opacity="0.13"'), 'usual'),
    entry(LEFT + 262, box(LEFT + 262, `fill="${RED}" fill-opacity="0.3"`), 'alarm'),
  ].join('');
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
