import { sparkSvg } from '../../language/sparkSvg.ts';
import type { Operations } from '../../loop/operations.ts';
import type { Millis } from '../../model/basic.ts';
import { describe, isNightshiftError } from '../../model/errors.ts';
import type { Evidence, EvidenceSeries, Incident } from '../../model/incident.ts';
import { figure, figuresOf, UNRATED } from '../../notification/sparkline.ts';
import { gaps, lasting } from '../../notification/words.ts';
import type { Sample } from '../../ports/metrics.ts';
import { type Html, html, trusted, visible } from './html.ts';

/** Plots at once; what ranks lower is in the API. */
const PLOTTED = 12;

type Blobs = Pick<Operations, 'blob'>;

/** A blob's JSON, or why it cannot be shown. */
export async function readBlob(operations: Blobs, key: string): Promise<{ value: unknown } | { trouble: string }> {
  try {
    return { value: JSON.parse(new TextDecoder().decode(await operations.blob(key))) };
  } catch (error) {
    if (isNightshiftError(error) || error instanceof SyntaxError) return { trouble: describe(error) };
    throw error;
  }
}

function samplesOf(value: unknown): Sample[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((pair: unknown) => {
    const [t, v]: unknown[] = Array.isArray(pair) ? pair : [];
    return typeof t === 'number' && typeof v === 'number' ? [{ t, v }] : [];
  });
}

interface Shown {
  readonly one: EvidenceSeries;
  readonly samples: readonly Sample[];
  /** Whether the samples have their times. */
  readonly isTimed: boolean;
}

/** The kept series; where it is gone, the few values that the incident holds itself, without their times. */
async function shown(operations: Blobs, one: EvidenceSeries): Promise<Shown> {
  const blob = await readBlob(operations, one.blob);
  const samples = 'value' in blob ? samplesOf(blob.value) : [];
  if (samples.length > 0) return { one, samples, isTimed: true };
  return { one, samples: one.spark.map((v, t) => ({ t, v })), isTimed: false };
}

interface Span {
  readonly from: Millis;
  readonly to: Millis;
}

/** One time axis for all plots. It begins with the first sample of any: where Prometheus is young, hours of nothing would be drawn. */
function spanOf(all: readonly Shown[], { from, to }: Evidence): Span {
  const firsts = all.flatMap(({ samples, isTimed }) => (isTimed ? (samples[0] ?? []) : []));
  const first = firsts.reduce((least, { t }) => Math.min(least, t * 1000), to);
  return { from: firsts.length === 0 ? from : Math.max(from, first), to };
}

function movedText({ movedAt, score, unrated }: EvidenceSeries, at: Millis): Html {
  if (unrated !== undefined) return html`<span class="soft">${UNRATED[unrated] ?? 'not compared'}</span>`;
  if (movedAt === null) return html`<span class="soft">within its past (score ${figure(score)})</span>`;
  const before = at - movedAt;
  const when = before >= 0 ? `${lasting(before)} before the alert` : `${lasting(-before)} after the alert`;
  return html`<span class="moved">left its past ${when}</span> <span class="soft">(score ${figure(score)})</span>`;
}

function card({ one, samples, isTimed }: Shown, rank: number, at: Millis, span: Span): Html {
  const { last, seen, usual } = figuresOf(one);
  const usually = usual === null ? '' : `, usually ${usual}`;
  const title = `${one.title}: ${samples.length} values, ${last} ${seen}${usually}`;
  const median = usual === null ? null : one.median;
  const plot = sparkSvg({
    samples,
    median,
    movedAt: isTimed ? one.movedAt : null,
    ...(isTimed && { span }),
    title: visible(title),
  });
  return html`<section class="card"><h3>${rank}. ${one.title}</h3>
<p class="figures"><strong>${last}</strong> <span class="soft">${seen}${usually}</span></p>
${trusted(plot)}
<p class="small">${movedText(one, at)}</p><p class="small soft"><code>${one.series}</code></p></section>`;
}

/** In words, what the width of each plot is. */
function spanText({ from, to }: Span, at: Millis): string {
  const length = lasting(to - from);
  return to > at ? `${length} up to ${lasting(to - at)} after the alert` : `${length} up to the alert`;
}

async function made(operations: Blobs, evidence: Evidence): Promise<Html> {
  const { at, ranked, missing, summary } = evidence;
  const all = await Promise.all(ranked.slice(0, PLOTTED).map((one) => shown(operations, one)));
  const span = spanOf(all, evidence);
  const cards = all.map((each, n) => card(each, n + 1, at, span));
  const rest =
    ranked.length > PLOTTED ? html`<p class="soft small">and ${ranked.length - PLOTTED} that rank lower</p>` : null;
  const left =
    missing.length === 0
      ? null
      : html`<details><summary>${missing.length} could not be looked at</summary><table class="plain">${gaps(
          missing,
        ).map(({ names, reason }) => html`<tr><td>${names}</td><td>${reason}</td></tr>`)}</table></details>`;
  const isRanked = all.some(({ one }) => one.unrated === undefined);
  const order = isRanked
    ? 'Ranked by how far each left its own past. Dashed: what is usual; upright: when it left. '
    : null;
  // A single sample has no length to tell of.
  const length = span.to > span.from ? `Each plot: ${spanText(span, at)}.` : null;
  const key = html`<p class="soft small">${order}${length}</p>`;
  return html`<p>${summary}</p>${cards.length === 0 ? null : html`${key}<div class="plots">${cards}</div>`}${rest}${left}`;
}

/** Which series moved, the one that moved most before the others, each with its plot. */
export async function evidenceSection(operations: Blobs, incident: Incident): Promise<Html> {
  const { evidence, diagnosis } = incident;
  if (evidence !== null) return html`<h2>Evidence</h2>${await made(operations, evidence)}`;
  const why = diagnosis === 'failed' ? 'The diagnosis failed; the timeline says why.' : 'The diagnosis is being made.';
  return html`<h2>Evidence</h2><p class="soft">${why}</p>`;
}
