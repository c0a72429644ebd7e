import type { Millis } from '../../model/basic.ts';
import type { IncidentSummary } from '../../model/incident.ts';
import { nameIn } from '../../model/named.ts';
import type { ApiSettings } from '../settings.ts';
import type { Reading } from './answer.ts';
import { type Html, html } from './html.ts';
import { pageResponse, pill } from './page.ts';
import { ago } from './words.ts';

const SHOWN = 50;

function row(one: IncidentSummary, now: Millis): Html {
  // A run by hand is kept under its own id, which is no service.
  const service = one.service === one.id ? null : one.service;
  const place = [service, one.host].filter((part) => part !== null).join(' on ');
  return html`<li class="card row"><a class="name" href="/incidents/${encodeURIComponent(one.id)}">${nameIn(one)}</a>
<span>${place === '' ? null : html`${place} <span class="soft">in ${one.cluster}</span>`}${place === '' ? one.cluster : null}</span>
<span class="pills">${pill(one.severity)} ${pill(one.state)}${one.plan === null ? null : html` <span class="soft small">plan</span> ${pill(one.plan)}`}</span>
<span class="soft small">${one.team === null ? null : html`${one.team} · `}${ago(one.openedAt, now)}</span></li>`;
}

export function incidentTable(items: readonly IncidentSummary[], now: Millis): Html {
  if (items.length === 0) return html`<p class="soft">No incident.</p>`;
  return html`<ul class="rows">${items.map((one) => row(one, now))}</ul>`;
}

/** Every incident, newest first, in pages. */
export async function allPage({ caller, path, context }: Reading, settings: ApiSettings): Promise<Response> {
  const { operations, clock } = settings;
  const cursor = context.req.query('cursor');
  const { items, next } = await operations.incidents({ limit: SHOWN, ...(cursor === undefined ? {} : { cursor }) });
  const older = next === null ? null : html`<p><a href="/incidents?cursor=${encodeURIComponent(next)}">Older</a></p>`;
  const body = html`<h1>All incidents</h1>${incidentTable(items, clock.now())}${older}`;
  return pageResponse({ title: 'All incidents – Nightshift', body, again: null, caller, path });
}
