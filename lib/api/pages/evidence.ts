import { sparkSvg } from '../../language/sparkSvg.ts';
import type { Operations } from '../../loop/operations.ts';
import type { Millis } from '../../model/basic.ts';
import { describe, isNightshiftError } from '../../model/errors.ts';
import type { Evidence, EvidenceSeries, Incident } from '../../model/incident.ts';
import { figure, withUnit } from '../../notification/sparkline.ts';
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

/** The kept series; where it is gone, the few values that the incident holds itself, without their times. */
async function plotted(operations: Blobs, one: EvidenceSeries): Promise<{ samples: Sample[]; movedAt: Millis | null }> {
  const blob = await readBlob(operations, one.blob);
  const samples = 'value' in blob ? samplesOf(blob.value) : [];
  if (samples.length > 0) return { samples, movedAt: one.movedAt };
  return { samples: one.spark.map((v, t) => ({ t, v })), movedAt: null };
}

function movedText({ movedAt, score }: EvidenceSeries, at: Millis): Html {
  if (movedAt === null) return html`<span class="soft">within its past (score ${figure(score)})</span>`;
  const before = at - movedAt;
  const when = before >= 0 ? `${lasting(before)} before the alert` : `${lasting(-before)} after the alert`;
  return html`<span class="moved">left its past ${when}</span> <span class="soft">(score ${figure(score)})</span>`;
}

async function card(operations: Blobs, one: EvidenceSeries, rank: number, at: Millis): Promise<Html> {
  const { samples, movedAt } = await plotted(operations, one);
  const title = `${one.title}: ${samples.length} values, now ${withUnit(one.last, one.unit)}, usually ${withUnit(one.median, one.unit)}`;
  return html`<section class="card"><h3>${rank}. ${one.title}</h3>
<p class="figures"><strong>${withUnit(one.last, one.unit)}</strong> <span class="soft">now, usually ${withUnit(one.median, one.unit)}</span></p>
${trusted(sparkSvg({ samples, median: one.median, movedAt, title: visible(title) }))}
<p class="small">${movedText(one, at)}</p><p class="small soft"><code>${one.series}</code></p></section>`;
}

async function made(operations: Blobs, { at, from, to, ranked, missing, summary }: Evidence): Promise<Html> {
  const cards = await Promise.all(ranked.slice(0, PLOTTED).map((one, n) => card(operations, one, n + 1, at)));
  const rest =
    ranked.length > PLOTTED ? html`<p class="soft small">and ${ranked.length - PLOTTED} that rank lower</p>` : null;
  const left =
    missing.length === 0
      ? null
      : html`<details><summary>${missing.length} could not be looked at</summary><table class="plain">${gaps(
          missing,
        ).map(({ names, reason }) => html`<tr><td>${names}</td><td>${reason}</td></tr>`)}</table></details>`;
  const key = html`<p class="soft small">Ranked by how far each left its own past. Dashed: what is usual; upright: when it left. ${lasting(to - from)} up to the alert.</p>`;
  return html`<p>${summary}</p>${cards.length === 0 ? null : html`${key}<div class="plots">${cards}</div>`}${rest}${left}`;
}

/** Which series moved, the one that moved most before the others, each with its plot. */
export async function evidenceSection(operations: Blobs, incident: Incident): Promise<Html> {
  const { evidence, diagnosis } = incident;
  if (evidence !== null) return html`<h2>Evidence</h2>${await made(operations, evidence)}`;
  const why = diagnosis === 'failed' ? 'The diagnosis failed; the timeline says why.' : 'The diagnosis is being made.';
  return html`<h2>Evidence</h2><p class="soft">${why}</p>`;
}
