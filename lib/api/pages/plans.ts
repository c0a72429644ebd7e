import type { Operations } from '../../loop/operations.ts';
import type { Bundle } from '../../model/catalogue.ts';
import type { ExecutionView, Incident, PlanView } from '../../model/incident.ts';
import { figure } from '../../notification/sparkline.ts';
import { allows, type Caller } from '../tokens.ts';
import { readBlob } from './evidence.ts';
import { type Html, html } from './html.ts';
import { pill } from './page.ts';
import { moment } from './words.ts';

/** What a plan would do, in full: this is what an approval is bound to. */
function contents(plan: PlanView, bundle: Bundle): Html {
  const runbook = Object.hasOwn(bundle.runbooks, plan.runbook) ? bundle.runbooks[plan.runbook] : undefined;
  const script =
    runbook?.hash === plan.runbookHash
      ? html`<details><summary>The script</summary><pre>${runbook.script}</pre></details>`
      : html`<p class="small soft">The catalogue holds another version of this runbook by now.</p>`;
  const parameters = Object.entries(plan.parameters).map(
    ([name, value]) => html`<div><code>${name} = ${value}</code></div>`,
  );
  const hosts = plan.targets.map(
    ({ hostName, hostId, cluster }) => html`<div>${hostName} <span class="soft">${hostId}, ${cluster}</span></div>`,
  );
  const { verification: proof } = plan;
  return html`<table class="plain facts">
<tr><th>Runbook</th><td>${plan.runbook} <span class="soft">${plan.effect === 'read' ? 'changes nothing' : 'changes the host'}</span></td></tr>
<tr><th>Hosts, in order</th><td>${hosts}</td></tr>
${parameters.length === 0 ? null : html`<tr><th>Parameters</th><td>${parameters}</td></tr>`}
${proof === null ? null : html`<tr><th>Proven by</th><td><code>${proof.expr} ${proof.op} ${proof.value}</code></td></tr>`}
<tr><th>Hash</th><td><code>${plan.hash}</code></td></tr></table>${script}`;
}

/** Approve and reject, for whoever may; the hash of what is shown goes with the form. */
function approval({ id }: Incident, plan: PlanView, caller: Caller | null): Html {
  const until = html`<p>Waits for an approver until ${moment(plan.approveBy)}.</p>`;
  if (caller === null || !allows(caller.role, 'approver'))
    return html`${until}<p class="small soft">${caller === null ? html`<a href="/sign-in?next=${encodeURIComponent(`/incidents/${id}`)}">Sign in</a> as an approver, or` : html`The role ${caller.role} may not approve. An approver:`}
<code>npx nightshift approve ${id}</code></p>`;
  const action = `/incidents/${encodeURIComponent(id)}/plans/${encodeURIComponent(plan.id)}`;
  const hash = html`<input type="hidden" name="planHash" value="${plan.hash}">`;
  return html`${until}<div class="forms"><form method="post" action="${action}/approve">${hash}<button class="go">Approve and run</button></form>
<form method="post" action="${action}/reject" class="inline">${hash}<input name="reason" required maxlength="500" placeholder="Why not?" aria-label="Reason for rejecting">
<button>Reject</button></form></div>`;
}

interface Output {
  readonly stdout: string;
  readonly stderr: string;
  readonly truncated: boolean;
}

function isOutput(value: unknown): value is Output {
  const { stdout, stderr } = (value ?? {}) as Partial<Record<keyof Output, unknown>>;
  return typeof stdout === 'string' && typeof stderr === 'string';
}

async function output(operations: Operations, key: string | null): Promise<Html | null> {
  if (key === null) return null;
  const blob = await readBlob(operations, key);
  if ('trouble' in blob || !isOutput(blob.value))
    return html`<p class="soft small">Its output cannot be shown: ${'trouble' in blob ? blob.trouble : 'it is of another form'}</p>`;
  const { stdout, stderr, truncated } = blob.value;
  const part = (name: string, text: string) =>
    text === '' ? null : html`<p class="small soft label">${name}</p><pre>${text}</pre>`;
  if (stdout === '' && stderr === '') return html`<p class="soft small">It printed nothing.</p>`;
  return html`${part('Output', stdout)}${part('Errors', stderr)}${truncated ? html`<p class="soft small">cut off</p>` : null}`;
}

function proof({ verification, before }: ExecutionView): Html | null {
  if (verification === null) return null;
  const { result, reason, expr, after, before: seen, freshFrom } = verification;
  return html`<div class="proof"><p>${pill(result)} ${reason}</p>
<p class="beforeafter"><span><b>before</b>${figure(seen ?? before)}</span><span class="soft">→</span><span><b>after</b>${figure(after)}</span></p>
<p class="small soft"><code>${expr}</code>${freshFrom === null ? null : html`, oldest sample that counted ${moment(freshFrom * 1000)}`}</p></div>`;
}

async function execution(operations: Operations, one: ExecutionView): Promise<Html> {
  const command = one.commandId === null ? null : html` · command <code>${one.commandId}</code>`;
  const took = one.endedAt === null ? null : html` · ${((one.endedAt - one.intentAt) / 1000).toFixed(1)} s`;
  return html`<div class="execution"><p>${pill(one.state)} on <strong>${one.target.hostName}</strong> ${one.reason}</p>
<p class="small soft">began ${moment(one.intentAt)}${took}${command}</p>
${await output(operations, one.output)}${proof(one)}</div>`;
}

async function card(
  operations: Operations,
  incident: Incident,
  plan: PlanView,
  bundle: Bundle,
  caller: Caller | null,
): Promise<Html> {
  const executions = await Promise.all(plan.executions.map((one) => execution(operations, one)));
  const waits = plan.state === 'awaiting-approval';
  const told = plan.executions.some(({ reason, verification }) => [reason, verification?.reason].includes(plan.reason));
  const shown = contents(plan, bundle);
  return html`<section class="card${waits ? ' waits' : null}"><h3>${plan.runbook} ${pill(plan.state)}</h3>
${plan.reason === '' || told ? null : html`<p>${plan.reason}</p>`}${plan.approvedBy === null ? null : html`<p class="small soft">approved by ${plan.approvedBy}</p>`}
${waits ? html`${shown}${approval(incident, plan, caller)}` : html`${executions}<details><summary>The plan</summary>${shown}</details>`}</section>`;
}

/** What was planned, what ran, what it printed and whether it helped; the newest first. */
export async function plansSection(operations: Operations, incident: Incident, caller: Caller | null): Promise<Html> {
  if (incident.plans.length === 0)
    return html`<h2>Runbooks</h2><p class="soft">Nothing was planned; the decisions say why.</p>`;
  const bundle = await operations.bundle();
  const cards = incident.plans.toReversed().map((plan) => card(operations, incident, plan, bundle, caller));
  return html`<h2>Runbooks</h2>${await Promise.all(cards)}`;
}
