import type { Incident } from '../../model/incident.ts';
import type { Decision, Reason } from '../../model/plan.ts';
import { type Html, html } from './html.ts';
import { pill } from './page.ts';
import { moment } from './words.ts';

const ORDER: readonly Reason['verdict'][] = ['refuse', 'hold', 'pass'];

function row({ rule, verdict, text, facts }: Reason): Html {
  const seen =
    facts === undefined
      ? null
      : html`<details><summary>what it looked at</summary><pre>${JSON.stringify(facts, null, 2)}</pre></details>`;
  return html`<tr><td class="fix">${pill(verdict)}</td><td class="rule">${rule}</td><td>${text}${seen}</td></tr>`;
}

/** What stood in the way first: of twenty rules those are what a reader came for. */
const sorted = (reasons: readonly Reason[]): Reason[] =>
  reasons.toSorted((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict));

function rules(reasons: readonly Reason[]): Html {
  const against = reasons.filter(({ verdict }) => verdict !== 'pass').length;
  const open = against > 0 ? html` open` : null;
  return html`<details${open}><summary>Rules asked: ${reasons.length}. ${reasons.length - against} passed${against === 0 ? null : `, ${against} did not`}</summary>
<table class="rules"><tr><th></th><th>Rule</th><th>Its answer</th></tr>${sorted(reasons).map(row)}</table></details>`;
}

function card({ at, outcome, policy, plan, reasons, by, bundleHash }: Decision): Html {
  const hosts = (plan?.targets ?? []).map(({ hostName }) => hostName).join(', ');
  const what =
    plan === null ? null : html`: <strong>${plan.runbook}</strong> on ${hosts}${plan.dryRun ? ', a dry run' : null}`;
  return html`<section class="card"><p>${pill(outcome)} ${policy === null ? 'no policy' : html`by policy <strong>${policy}</strong>`}${what}</p>
${rules(reasons)}
<p class="soft small">${moment(at)} by ${by.name}, bundle <code>${bundleHash.slice(0, 12)}</code></p></section>`;
}

/** Every decision with the answer of every rule. */
export function decisionsSection({ decisions, diagnosis }: Incident): Html {
  const waiting = diagnosis === 'wanted' ? 'the diagnosis comes first.' : 'triage has not come to it yet.';
  const none = html`<p class="soft">Nothing has been decided: ${waiting}</p>`;
  return html`<h2>Decisions</h2>${decisions.length === 0 ? none : decisions.toReversed().map(card)}`;
}
