import type { Labels, Millis, Severity } from '../model/basic.ts';
import type { Incident, IncidentEvent } from '../model/incident.ts';
import type { Notice, NoticePurpose } from '../model/notice.ts';
import type { ChannelSettings, Settings } from '../model/settings.ts';
import type { Occurrence } from './occurrences.ts';
import { occurrenceOf } from './occurrences.ts';
import { escalationChannels, type Route, routeFor } from './routing.ts';
import { next, story, titleOf } from './story.ts';

export interface NoticeContext {
  readonly settings: Pick<Settings, 'channels' | 'routes' | 'escalation' | 'externalLabels'>;
  readonly at: Millis;
  /** A fresh single-use nonce for an approval message of this plan; asked once for each such notice. */
  readonly nonce: (planId: string) => string;
  /** Link to the incident. */
  readonly url: string;
}

/** A notice for one channel; `notice.id` is `<incident>/<version>/<purpose>/<channel>`. */
export interface Addressed {
  readonly channel: string;
  readonly notice: Notice;
}

interface Change {
  readonly before: Incident | null;
  readonly after: Incident;
  readonly route: Route;
  readonly told: readonly Occurrence[];
  readonly step: number | null;
  readonly context: NoticeContext;
}

/**
 * What a change of an incident says, and to whom. A held page keeps pagers (PagerDuty, and mail of something critical)
 * silent until it is released or escalated; chat and webhooks hear at once. Each channel gets one notice of a purpose.
 */
export function noticesFor(
  before: Incident | null,
  after: Incident,
  newEvents: readonly IncidentEvent[],
  context: NoticeContext,
): readonly Addressed[] {
  const told = newEvents.map((event) => occurrenceOf(before, after, event)).filter((one) => one !== null);
  if (told.length === 0) return [];
  const labels = labelsOf(after, context.settings.externalLabels);
  const route = routeFor(context.settings, after.subject, after.severity, labels);
  const step = newEvents.findLast((event) => event.type === 'incident.escalated')?.step ?? null;
  const change: Change = { before, after, route, told, step, context };
  return everyone(change).flatMap((channel) =>
    purposesFor(change, channel).map((purpose) => ({ channel, notice: compose(change, channel, purpose, labels) })),
  );
}

/** The first signal's labels, then what they mean here: routes may match either. */
export function labelsOf(incident: Incident, external: Labels): Labels {
  const { alertname, cluster, host, service, team } = incident.subject;
  const meaning = Object.entries({ cluster, host, service, team }).filter((entry) => entry[1] !== null);
  return {
    ...external,
    ...incident.firstSignal?.labels,
    ...Object.fromEntries(meaning),
    alertname,
    severity: incident.severity,
  };
}

function everyone({ route, step, context }: Change): readonly string[] {
  const chain = step === null ? [] : escalationChannels(context.settings, route, step);
  return [...new Set([...route.channels, ...chain])];
}

function purposesFor(change: Change, channel: string): readonly NoticePurpose[] {
  const kind = change.context.settings.channels[channel]?.kind;
  if (kind === undefined) return [];
  const reached = change.told.filter((one) => reaches(change, channel, kind, one));
  const wanted = new Set(reached.map((one) => (one.page === 'held' && !isPager(kind) ? 'update' : one.purpose)));
  if (wanted.has('escalate') && !isEscalatedTo(change, channel)) demoteEscalation(change, wanted, kind);
  return strongest(wanted);
}

const isPager = (kind: ChannelSettings['kind']): boolean => kind === 'pagerduty' || kind === 'email';

function isEscalatedTo({ step, route, context }: Change, channel: string): boolean {
  return step !== null && escalationChannels(context.settings, route, step).includes(channel);
}

/** Those whom the step does not name: a pager that was spared is triggered after all, the others read of it in the thread. */
function demoteEscalation({ before }: Change, wanted: Set<NoticePurpose>, kind: ChannelSettings['kind']): void {
  wanted.delete('escalate');
  if (!isPager(kind)) wanted.add('update');
  else if (before !== null && before.pageHeldUntil !== null && !before.paged) wanted.add('trigger');
}

/** What is said louder need not be said again softly in the same moment. */
function strongest(wanted: ReadonlySet<NoticePurpose>): readonly NoticePurpose[] {
  if (wanted.has('resolve')) return ['resolve'];
  const all = [...wanted].filter((purpose) => purpose !== 'update' || wanted.size === 1);
  return wanted.has('escalate') ? all.filter((purpose) => purpose !== 'trigger') : all;
}

function reaches(change: Change, channel: string, kind: ChannelSettings['kind'], one: Occurrence): boolean {
  if (!isPager(kind)) return true;
  if (one.page === 'held' && wasTold(change.after, channel, kind)) return false;
  if (one.purpose !== 'escalate' && isSpared(change, channel, kind, one)) return false;
  if (kind === 'email') return one.loud;
  return one.purpose !== 'update' && one.purpose !== 'approval';
}

/** Mail of something that is not critical is no page, so that no hold kept it back. */
function wasTold(after: Incident, channel: string, kind: ChannelSettings['kind']): boolean {
  return Object.hasOwn(after.threads, channel) || (kind === 'email' && !isCritical(after.severity));
}

/** A page that is held, or was held until the cure was proven: who was never told must not hear of the end either. */
function isSpared({ after, before }: Change, channel: string, kind: ChannelSettings['kind'], one: Occurrence): boolean {
  // Nobody is paged for what a person started by hand and watches.
  if (after.firstSignal === null) return kind === 'pagerduty';
  if (after.paged || wasTold(after, channel, kind)) return false;
  const held = after.pageHeldUntil !== null || (before?.pageHeldUntil ?? null) !== null;
  return held || (after.verifiedAt !== null && one.page !== 'fresh');
}

const isCritical = (severity: Severity): boolean => severity === 'critical' || severity === 'unknown';

const WORDS: Readonly<Record<NoticePurpose, string>> = {
  trigger: '',
  update: 'Update: ',
  approval: 'Approval wanted: ',
  acknowledge: 'Acknowledged: ',
  resolve: 'Over: ',
  escalate: 'Escalated: ',
};

function compose(change: Change, channel: string, purpose: NoticePurpose, labels: Labels): Notice {
  const { after, told, context, route } = change;
  const news = told.flatMap((one) => one.lines);
  const brief = purpose === 'update' || purpose === 'acknowledge';
  const whole = brief ? next(after) : story(after, context.at);
  const showsEvidence = !brief || told.some((one) => one.lines.some((line) => line.startsWith('Evidence: ')));
  return {
    id: `${after.id}/${after.version}/${purpose}/${channel}`,
    incidentId: after.id,
    purpose,
    at: context.at,
    severity: after.severity,
    state: after.state,
    team: route.team,
    headline: `${WORDS[purpose]}${titleOf(after)}`,
    // The whole story repeats some of the news; each is said once.
    lines: [...new Set([...news, ...whole])],
    labels,
    evidence: showsEvidence ? (after.evidence?.ranked.slice(0, 5) ?? []) : [],
    reasons: after.decisions.at(-1)?.reasons ?? [],
    approval: purpose === 'approval' ? approvalOf(change) : null,
    url: context.url,
  };
}

function approvalOf({ after, told, context }: Change): Notice['approval'] {
  const asked = told.findLast((one) => one.planId !== undefined)?.planId;
  const plan = after.plans.find((one) => one.id === asked);
  if (plan === undefined) return null;
  const { id, hash, runbook, targets, approveBy } = plan;
  return { planId: id, planHash: hash, runbook, targets, expiresAt: approveBy, nonce: context.nonce(id) };
}
