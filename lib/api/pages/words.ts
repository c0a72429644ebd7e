import type { Millis } from '../../model/basic.ts';
import type { LedgerEvent } from '../../model/incident.ts';
import { named, watchesIn } from '../../model/named.ts';
import { lasting, utc } from '../../notification/words.ts';
import { type Html, html } from './html.ts';

/** UTC to the second, and exact for whoever points at it. */
export const moment = (at: Millis): Html => html`<time datetime="${new Date(at).toISOString()}">${utc(at)}</time>`;
export const ago = (at: Millis, now: Millis): Html =>
  html`<time datetime="${new Date(at).toISOString()}" title="${utc(at)}">${lasting(now - at)} ago</time>`;

/** What an event is about, and what it says: the two cells of a line of the timeline. */
export interface Told {
  readonly what: string;
  readonly state: string | null;
  readonly text: string;
}
const told = (what: string, text: string, state: string | null = null): Told => ({ what, state, text });

type Of<Type extends LedgerEvent['type']> = Extract<LedgerEvent, { type: Type }>;

function ofDecision({ decision }: Of<'decision.made'>): Told {
  const { outcome, policy, plan, reasons } = decision;
  const passed = reasons.filter(({ verdict }) => verdict === 'pass').length;
  const hosts = plan?.targets.map(({ hostName }) => hostName).join(', ');
  const what = plan === null ? '' : `, ${plan.runbook} on ${hosts}`;
  return told('decision', `by ${policy ?? 'no policy'}${what}; ${passed} of ${reasons.length} rules pass`, outcome);
}

function ofProof({ verification }: Of<'verification.made'>): Told {
  const { result, reason, before, after } = verification;
  return told('proof', `${reason} (before ${before ?? 'nothing'}, after ${after ?? 'nothing'})`, result);
}

/** What was seen is only here, where a signal is not the first of its incident. Its words are of the firing, and not of its end. */
function ofSignal({ signal }: Of<'signal.heard'>): Told {
  const { summary } = signal.annotations;
  const name = named(signal.labels.alertname ?? signal.fingerprint, watchesIn([signal]));
  const seen = signal.status === 'firing' && summary !== undefined && summary !== '' ? `: ${summary}` : '';
  return told('signal', `${name}, told by ${signal.source}${seen}`, signal.status);
}

/** Records that go with the events of an incident, by the first part of their key. */
const RECORDS: ReadonlyMap<string, string> = new Map([
  ['cure', 'the cure is remembered: where it fires again soon, it is no new trouble'],
  ['demotion', 'its policy acts less by itself until a person lifts that'],
]);

function ofRecord({ key, reason }: Of<'record.set'>): Told {
  const words = RECORDS.get(key.split('/', 1)[0] ?? '');
  return told('record', words ?? `${key}${reason === '' ? '' : `: ${reason}`}`);
}

type Tellers = { readonly [Type in LedgerEvent['type']]: (event: Of<Type>) => Told };

const TELLERS: Tellers = {
  'incident.opened': ({ subject, parent }) =>
    told('incident', `${subject.alertname} opened${parent === null ? '' : `, under ${parent}`}`, subject.severity),
  'signal.heard': ofSignal,
  'diagnosis.made': ({ evidence }) => told('diagnosis', evidence.summary),
  'diagnosis.failed': ({ reason }) => told('diagnosis', `none: ${reason}`, 'failed'),
  'decision.made': ofDecision,
  'plan.moved': ({ to, reason }) => told('plan', reason, to),
  'plan.approved': ({ planHash }) => told('plan', `approved as it was shown, hash ${planHash}`, 'approved'),
  'plan.rejected': ({ reason }) => told('plan', reason, 'rejected'),
  'execution.moved': ({ runbook, target, to, reason }) =>
    told('execution', `${runbook} on ${target.hostName}: ${reason}`, to),
  'verification.made': ofProof,
  'page.held': ({ until, reason }) => told('page', `held until ${utc(until)}: ${reason}`),
  'page.released': ({ reason }) => told('page', `goes out: ${reason}`),
  'incident.acknowledged': () => told('incident', 'somebody looks after it', 'acknowledged'),
  'incident.escalated': ({ step, reason }) => told('incident', `step ${step + 1}: ${reason}`, 'escalated'),
  'incident.commented': ({ text }) => told('comment', text),
  'incident.resolved': ({ reason }) => told('incident', reason, 'resolved'),
  'incident.reopened': ({ reason }) => told('incident', `opened again: ${reason}`, 'open'),
  'incident.closed': ({ reason }) => told('incident', reason, 'closed'),
  'record.set': ofRecord,
  'notification.settled': ({ channel, outcome, detail }) => told('notice', `${channel}: ${detail || outcome}`, outcome),
};

/** An event in words. One of a kind that a newer Nightshift wrote is told by its name. */
export function tell(event: { readonly type: string }): Told {
  const teller = Object.hasOwn(TELLERS, event.type) ? TELLERS[event.type as LedgerEvent['type']] : undefined;
  if (teller === undefined) return told(event.type, '');
  return (teller as (event: unknown) => Told)(event);
}
