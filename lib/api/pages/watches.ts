import type { Watched } from '../../loop/watched.ts';
import type { Millis } from '../../model/basic.ts';
import type { IncidentSummary } from '../../model/incident.ts';
import type { ApiSettings } from '../settings.ts';
import { whyUnscored } from '../unscored.ts';
import type { Reading } from './answer.ts';
import { type Html, html } from './html.ts';
import { pageResponse, pill } from './page.ts';
import { ago } from './words.ts';

/** Seconds. */
const AGAIN = 60;
/** Incidents that are looked through for the last of each watch. */
const LATELY = 200;

/** Those that need somebody first, then by name. */
const URGENCY = ({ alarms, problem, scoredUpTo }: Watched): number =>
  alarms > 0 ? 0 : problem !== null || scoredUpTo === null ? 1 : 2;

function state({ alarms, series, scoredUpTo }: Watched): Html {
  if (scoredUpTo === null) return pill('unscored');
  if (series === 0) return html`${pill('empty')} <span class="soft small">no series</span>`;
  const count = html`<span class="soft small">${alarms > 0 ? `${alarms} of ` : null}${series} series</span>`;
  return html`${pill(alarms > 0 ? 'alarm' : 'quiet')} ${count}`;
}

/** The incident is where to read on; its own time may be an older alert's, and it may hold the watch for its silence alone. */
function lastAlarm({ lastAlarm }: Watched, incident: IncidentSummary | undefined, now: Millis): Html {
  if (lastAlarm === null) return html`<span class="soft">no alarm</span>`;
  const when = ago(lastAlarm * 1000, now);
  return incident === undefined
    ? html`${when}`
    : html`<a href="/incidents/${encodeURIComponent(incident.id)}">${when}</a>`;
}

function said({ useful, useless, precision, earlier }: Watched): Html {
  const before = earlier === 0 ? null : html` <span class="soft small">${earlier} earlier, not counted</span>`;
  if (precision === null) return html`<span class="soft">not marked</span>${before}`;
  return html`${Math.round(100 * precision)} % <span class="soft small">useful of ${useful + useless}</span>${before}`;
}

function row(one: Watched, incident: IncidentSummary | undefined, now: Millis): Html {
  const only = one.tell === 'new' ? '; what comes back counts less' : null;
  const accepted = html`<p class="soft small">at most ${one.maxFalseAlarmsPerWeek} false a week and series${only}</p>`;
  const problem = one.problem === null ? null : html`<p class="small">not scored: ${one.problem}</p>`;
  const advice = one.suggestion === null ? null : html`<p class="small">${one.suggestion}</p>`;
  return html`<tr><td><strong>${one.title}</strong> <span class="soft small"><code>${one.id}</code></span>${accepted}${problem}${advice}</td>
<td class="fix">${state(one)}</td><td class="fix">${lastAlarm(one, incident, now)}</td><td class="fix">${said(one)}</td></tr>`;
}

/** The watch list: what is scored as it comes, and whether it was worth telling. */
export async function watchesPage({ caller, path }: Reading, settings: ApiSettings): Promise<Response> {
  const { operations, clock } = settings;
  const [list, lately] = await Promise.all([operations.watches(), operations.incidents({ limit: LATELY })]);
  const now = clock.now();
  const newest = (id: string) => lately.items.find(({ watches = [] }) => watches.includes(id));
  const sorted = list.toSorted((a, b) => URGENCY(a) - URGENCY(b) || (a.title < b.title ? -1 : 1));
  const why =
    list.length > 0 && list.every(({ scoredUpTo }) => scoredUpTo === null)
      ? html`<p class="banner warn">${whyUnscored(await operations.health())}</p>`
      : null;
  const table = (some: readonly Watched[]) =>
    html`<div class="card"><table class="rules"><tr><th>Watch</th><th>Now</th><th>Last alarm</th><th>Marked</th></tr>
${some.map((one) => row(one, newest(one.id), now))}</table></div>`;
  const isIdle = ({ series, scoredUpTo, problem }: Watched) => series === 0 && scoredUpTo !== null && problem === null;
  const [idle, busy] = [sorted.filter(isIdle), sorted.filter((one) => !isIdle(one))];
  const rest =
    idle.length === 0
      ? null
      : html`<details><summary>${idle.length}${busy.length === 0 ? null : ' more'} have no series: nothing that Prometheus scrapes answers them</summary>
${table(idle)}</details>`;
  const none = html`<p class="soft">Nothing is watched: <code>watch.packs</code> has none, and <code>watch.own</code> neither.</p>`;
  const body = html`<h1>Watches</h1><p class="soft">Scored each minute against their own past. Whether an anomaly was worth telling is said on its
incident, or with <code>npx nightshift mark INCIDENT useful</code> or <code>useless</code>; nothing changes by itself.</p>${why}${list.length === 0 ? none : html`${busy.length === 0 ? null : table(busy)}${rest}`}`;
  return pageResponse({ title: 'Watches – Nightshift', body, again: AGAIN, caller, path });
}
