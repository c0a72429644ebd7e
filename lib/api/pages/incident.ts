import type { Millis } from '../../model/basic.ts';
import type { Incident, PlanView, StoredEvent } from '../../model/incident.ts';
import { nameOf } from '../../model/named.ts';
import { PLAN_ENDED } from '../../model/plan.ts';
import { lasting, place } from '../../notification/words.ts';
import { textParam } from '../route.ts';
import type { ApiSettings } from '../settings.ts';
import { allows, type Caller } from '../tokens.ts';
import type { Reading } from './answer.ts';
import { decisionsSection } from './decisions.ts';
import { evidenceSection } from './evidence.ts';
import { type Html, html } from './html.ts';
import { markSection } from './mark.ts';
import { colourOf, pageResponse, pill } from './page.ts';
import { plansSection } from './plans.ts';
import { moment, tell } from './words.ts';

/** Seconds between two looks while something moves, and while it only might. */
const BUSY = 3;
const CALM = 20;
/** The newest events that a page shows; the API has all. */
const TOLD = 400;

interface Step {
  readonly name: string;
  readonly word: string;
  readonly colour: string;
}
const step = (name: string, word: string, colour: string = colourOf(word)): Step => ({ name, word, colour });

const DIAGNOSES = { wanted: 'being made', made: 'made', failed: 'failed' } as const;

function proofStep(plan: PlanView | undefined): Step {
  const result = plan?.executions.findLast(({ verification }) => verification !== null)?.verification?.result;
  if (result !== undefined) return step('Proof', result);
  return plan?.state === 'verifying' ? step('Proof', 'sought', 'warn') : step('Proof', 'none', '');
}

/** The loop, as far as this incident has come. */
function steps(incident: Incident): Html {
  const { episodes, diagnosis, decisions, plans, state } = incident;
  const firing = episodes.filter(({ endsAt }) => endsAt === null).length;
  const plan = plans.at(-1);
  // The one that the runbook beside it comes of: what joins later has often no policy.
  const decision = decisions.findLast((one) => one.plan !== null) ?? decisions.at(-1);
  const all = [
    step('Signal', firing > 0 ? 'firing' : 'resolved'),
    step('Diagnosis', DIAGNOSES[diagnosis], { wanted: 'warn', made: 'good', failed: 'bad' }[diagnosis]),
    step('Decision', decision?.outcome ?? 'none yet'),
    step('Runbook', plan === undefined ? 'none' : (plan.executions.at(-1)?.state ?? plan.state)),
    proofStep(plan),
    step('Incident', state),
  ];
  return html`<ol class="steps">${all.map(({ name, word, colour }) => html`<li class="${colour}"><b>${name}</b>${word}</li>`)}</ol>`;
}

function acknowledge({ id, state }: Incident, caller: Caller | null): Html | null {
  if (state !== 'open' && state !== 'escalated') return null;
  if (caller === null || !allows(caller.role, 'operator')) return null;
  return html`<form method="post" action="/incidents/${encodeURIComponent(id)}/acknowledge"><button>Acknowledge</button></form>`;
}

function head(incident: Incident, caller: Caller | null, now: Millis): Html {
  const { subject, severity, state, openedAt, closedAt, firstSignal, acknowledgedBy, pageHeldUntil } = incident;
  const { summary, description } = firstSignal?.annotations ?? {};
  const held =
    pageHeldUntil !== null && pageHeldUntil > now
      ? html`<p class="banner warn">The page is held until ${moment(pageHeldUntil)}.</p>`
      : null;
  return html`<p class="pills">${pill(severity)} ${pill(state)}</p><h1>${nameOf(incident)}</h1>
<p>${place(subject)}${subject.team === null ? null : html` · team ${subject.team}`}</p>
${summary === undefined ? null : html`<p class="lead">${summary}</p>`}${description === undefined || description === summary ? null : html`<p class="soft">${description}</p>`}
<p class="soft small">opened ${moment(openedAt)}, ${closedAt === null ? `${lasting(now - openedAt)} ago` : `closed after ${lasting(closedAt - openedAt)}`}
${acknowledgedBy === null ? null : html` · acknowledged by ${acknowledgedBy}`} · <code>${incident.id}</code></p>${held}${acknowledge(incident, caller)}`;
}

function labels({ firstSignal, parent }: Incident): Html | null {
  if (firstSignal === null && parent === null) return null;
  const rows = Object.entries(firstSignal?.labels ?? {}).map(
    ([name, value]) => html`<tr><td class="fix"><code>${name}</code></td><td>${value}</td></tr>`,
  );
  const above =
    parent === null
      ? null
      : html`<p>Part of <a href="/incidents/${encodeURIComponent(parent)}">${parent}</a>: nothing runs here until that is mended.</p>`;
  return html`<h2>Labels</h2><div class="card">${above}<table class="plain">${rows}</table></div>`;
}

function line({ at, actor, event }: StoredEvent, first: Millis): Html {
  const { what, state, text } = tell(event);
  const by =
    actor.via === 'system' || actor.via === 'alertmanager'
      ? null
      : html` <span class="soft">by ${actor.name} (${actor.via})</span>`;
  return html`<tr><td class="fix soft"><time datetime="${new Date(at).toISOString()}">+${((at - first) / 1000).toFixed(1)} s</time></td>
<td class="fix">${what}</td><td>${state === null ? null : html`${pill(state)} `}${text}${by}</td></tr>`;
}

function timeline(events: readonly StoredEvent[]): Html {
  const first = events[0]?.at ?? 0;
  const left =
    events.length > TOLD ? html`<p class="soft">${events.length - TOLD} earlier events are left out here.</p>` : null;
  const rows = events.slice(-TOLD).map((one) => line(one, first));
  return html`<h2>Timeline</h2>${left}<div class="card"><table class="plain timeline">${rows}</table></div>`;
}

/** A page that is being filled in is not taken away from under the reader. */
function again({ state, plans, diagnosis }: Incident, caller: Caller | null): number | null {
  const live = plans.find((plan) => !PLAN_ENDED.includes(plan.state));
  if (state === 'closed') return null;
  if (live?.state === 'awaiting-approval') return caller === null ? CALM : null;
  return (live !== undefined && live.state !== 'proposed') || diagnosis === 'wanted' ? BUSY : CALM;
}

/** One incident: what happened, what it looks like, what was decided and why, what ran and whether it helped. */
export async function incidentPage({ caller, path, context }: Reading, settings: ApiSettings): Promise<Response> {
  const { operations, clock } = settings;
  const id = textParam(context.req.param(), 'id');
  const [found, events, said] = await Promise.all([
    operations.incident(id),
    operations.timeline(id),
    operations.said(id),
  ]);
  const [evidence, plans] = await Promise.all([
    evidenceSection(operations, found),
    plansSection(operations, found, caller),
  ]);
  const body = html`${head(found, caller, clock.now())}${steps(found)}${plans}${decisionsSection(found)}${evidence}${markSection(found, said, caller)}${timeline(events)}${labels(found)}`;
  return pageResponse({
    title: `${nameOf(found)} – Nightshift`,
    body,
    again: again(found, caller),
    caller,
    path,
  });
}
