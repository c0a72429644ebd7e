import type { Health } from '../../loop/operations.ts';
import type { Millis } from '../../model/basic.ts';
import type { Bundle } from '../../model/catalogue.ts';
import type { DemotionRecord, IncidentSummary, StopRecord, WindowRecord } from '../../model/incident.ts';
import { lasting, utc } from '../../notification/words.ts';
import type { ApiSettings } from '../settings.ts';
import type { Reading } from './answer.ts';
import { type Html, html } from './html.ts';
import { incidentTable } from './incidentTable.ts';
import { pageResponse, pill } from './page.ts';
import { moment } from './words.ts';

/** Seconds. */
const AGAIN = 15;
const OPEN = ['open', 'acknowledged', 'escalated', 'resolved'] as const;
const SHOWN = 100;
const LATELY = 5;

const DAYS = ['', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

function whenOf({ when }: WindowRecord): string {
  if ('from' in when) return `${utc(when.from)} to ${utc(when.until)}`;
  return `${when.days.map((day) => DAYS[day] ?? day).join(', ')} at ${when.at} ${when.zone}, ${lasting(when.lasts)} long`;
}

function scopeOf({ scope }: WindowRecord): string {
  const parts = [scope.service, scope.host, scope.cluster].filter((part) => part !== null);
  return parts.length === 0 ? 'everything' : parts.join(' on ');
}

interface Stopped {
  readonly stop: StopRecord | null;
  readonly windows: readonly WindowRecord[];
  readonly demotions: readonly DemotionRecord[];
}

/** What keeps Nightshift from acting, the strongest first. */
function stopped({ stop, windows, demotions }: Stopped, now: Millis): Html {
  const standing = stop !== null && stop.until > now ? stop : null;
  const ahead = windows.filter(({ when }) => !('until' in when) || when.until > now);
  if (standing === null && ahead.length === 0 && demotions.length === 0)
    return html`<p class="soft">Nothing: no stop, no window, no demotion.</p>`;
  const global =
    standing === null
      ? null
      : html`<p class="banner bad"><strong>Everything is stopped</strong> until ${moment(standing.until)} by ${standing.by}: ${standing.reason}</p>`;
  const rows = [
    ...ahead.map(
      (one) =>
        html`<tr><td class="fix">${pill(one.kind)}</td><td>${scopeOf(one)}, ${whenOf(one)}: ${one.reason} <span class="soft">(${one.by})</span></td></tr>`,
    ),
    ...demotions.map(
      (one) =>
        html`<tr><td class="fix">${pill('demoted')}</td><td><strong>${one.policy}</strong> in ${one.cluster} to ${one.to}, ${moment(one.at)}: ${one.reason}</td></tr>`,
    ),
  ];
  return html`${global}${rows.length === 0 ? null : html`<div class="card"><table class="plain">${rows}</table></div>`}`;
}

function autonomy(bundle: Bundle, demotions: readonly DemotionRecord[]): Html {
  if (bundle.policies.length === 0) return html`<p class="soft">There is no policy: every alert goes to a person.</p>`;
  const rows = bundle.policies.map(({ name, pack, autonomy, autonomyByCluster, runbooks }) => {
    const elsewhere = Object.entries(autonomyByCluster).map(([cluster, level]) => html`, ${level} in ${cluster}`);
    const lost = demotions
      .filter(({ policy }) => policy === name)
      .map(({ cluster }) => html` ${pill('demoted')} ${cluster}`);
    return html`<tr><td class="name">${name}<div class="soft small">${pack}</div></td><td>${pill(autonomy)}${elsewhere}${lost}</td>
<td>${runbooks.map((one) => one.name).join(', then ')}</td></tr>`;
  });
  return html`<div class="card"><table><tr><th>Policy</th><th>Autonomy</th><th>Runbook</th></tr>${rows}</table>
<p class="soft small">Bundle <code>${bundle.hash.slice(0, 12)}</code>. observe records, shadow decides without sending, suggest tells a person,
approve waits for one, auto acts within its guards.</p></div>`;
}

function healthOf({ status, version, startedAt, dependencies }: Health, now: Millis): Html {
  const rows = dependencies.map(
    (
      one,
    ) => html`<tr><td class="fix">${one.name}</td><td class="fix">${pill(one.status === 'not-configured' ? 'not configured' : one.status)}</td>
<td>${one.detail}</td><td class="fix soft">${one.latency === null ? null : `${Math.round(one.latency)} ms`}</td></tr>`,
  );
  return html`<div class="card"><p>${pill(status)} version ${version}, up for ${lasting(now - startedAt)}</p>
<table class="plain">${rows}</table></div>`;
}

function alertmanager({ url, intake, loopback }: ApiSettings): Html {
  const base = url.replace(/\/+$/, '');
  const token =
    intake.tokens.length === 0 && loopback
      ? ''
      : '\n        http_config: { authorization: { credentials_file: /etc/alertmanager/nightshift-token } }';
  return html`<details><summary>Point Alertmanager here</summary><pre>receivers:
  - name: nightshift
    webhook_configs:
      - url: ${base}/webhooks/alertmanager
        send_resolved: true
        max_alerts: ${Math.min(500, intake.maxAlerts)}${token}</pre></details>`;
}

function headline(items: readonly IncidentSummary[]): string {
  const open = items.filter(({ state }) => state !== 'resolved').length;
  if (open === 0) return 'Nothing is open';
  return open === 1 ? 'One incident is open' : `${open} incidents are open`;
}

/** What is going on, what is well, what may act, what is stopped. */
export async function homePage({ caller, path }: Reading, settings: ApiSettings): Promise<Response> {
  const { operations, clock } = settings;
  const now = clock.now();
  const [incidents, newest, health, bundle, stop, windows, demotions] = await Promise.all([
    operations.incidents({ state: OPEN, limit: SHOWN }),
    operations.incidents({ limit: LATELY }),
    operations.health(),
    operations.bundle(),
    operations.stop(),
    operations.windows(),
    operations.demotions(),
  ]);
  const some = incidents.items.length > 0;
  const more = incidents.next === null ? null : html`<p><a href="/incidents">More</a></p>`;
  const over = some && incidents.items.every(({ state }) => state === 'resolved');
  const list = some
    ? html`${over ? html`<p class="soft">Resolved, and not closed yet:</p>` : null}${incidentTable(incidents.items, now)}${more}`
    : html`<p class="soft">Lately:</p>${incidentTable(newest.items, now)}`;
  const body = html`<h1>${headline(incidents.items)}</h1>
${list}
<h2>What is stopped</h2>${stopped({ stop, windows, demotions }, now)}
<h2>Health</h2>${healthOf(health, now)}
<h2>Autonomy</h2>${autonomy(bundle, demotions)}
<h2>More</h2><div class="card"><p>In a terminal: <code>npx nightshift incidents</code>, <code>npx nightshift why ID</code>,
<code>npx nightshift --help</code>. For programs: <a href="/openapi.json">OpenAPI description</a>, <a href="/metrics">metrics</a>.</p>
${alertmanager(settings)}</div>`;
  return pageResponse({ title: `${headline(incidents.items)} – Nightshift`, body, again: AGAIN, caller, path });
}
