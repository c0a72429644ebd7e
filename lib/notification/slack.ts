import type { JsonValue } from '../model/basic.ts';
import type { Notice } from '../model/notice.ts';
import type { Reason } from '../model/plan.ts';
import type { HttpResponse } from '../ports/edges.ts';
import type { Delivery, HttpChannel } from './channel.ts';
import { endpoint, interpretStatus, jsonObject, postJson, retryAfter } from './channel.ts';
import { lines, oneLine, safeUrl, slackText } from './escape.ts';
import { evidenceText, sparkline } from './sparkline.ts';
import { utc } from './words.ts';

/** Slack's limits: 3000 characters a section, 2000 a button's value, 50 blocks; we stay below. */
const SECTION = 2900;
const LINE = 400;
const EVIDENCE = 5;
const REASONS = 10;

/** Errors of a 200 answer that pass by themselves; every other one is a refusal. */
const PASSING = new Set([
  'ratelimited',
  'rate_limited',
  'message_limit_exceeded',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
]);

/** https://docs.slack.dev/reference/methods/chat.postMessage: one thread for each incident. */
export const slack: HttpChannel<'slack'> = {
  request(notice, settings, thread) {
    const body = {
      channel: settings.channel,
      text: slackText(notice.headline, LINE),
      blocks: blocksOf(notice),
      unfurl_links: false,
      unfurl_media: false,
      metadata: { event_type: 'nightshift_notice', event_payload: { id: notice.id, incident: notice.incidentId } },
      // What a person must see at once is shown in the channel too, not only in the thread.
      ...(thread === null ? {} : { thread_ts: thread, reply_broadcast: isLoud(notice) }),
    };
    const url = endpoint(settings.url, '/chat.postMessage');
    return postJson(url, body, { authorization: `Bearer ${settings.token}` });
  },
  interpret,
};

const isLoud = (notice: Notice): boolean =>
  notice.purpose === 'escalate' || notice.purpose === 'approval' || notice.purpose === 'trigger';

function interpret(response: HttpResponse): Delivery {
  const unusual = interpretStatus(response);
  if (unusual !== null) return unusual;
  const answer = jsonObject(response.body);
  if (answer === null || typeof answer.ok !== 'boolean') {
    return { outcome: 'retry', after: null, detail: 'slack answered something that is not its API' };
  }
  if (answer.ok) return { outcome: 'delivered', ref: threadOf(answer) };
  const error = typeof answer.error === 'string' ? oneLine(answer.error, 100) : 'unnamed error';
  const detail = `slack: ${error}`;
  return PASSING.has(error)
    ? { outcome: 'retry', after: retryAfter(response.headers), detail }
    : { outcome: 'refused', detail };
}

/** The thread's root: a reply names it, the first message is it. */
function threadOf(answer: Readonly<Record<string, unknown>>): string | null {
  const message: unknown = answer.message;
  if (typeof message === 'object' && message !== null && 'thread_ts' in message) {
    if (typeof message.thread_ts === 'string') return message.thread_ts;
  }
  return typeof answer.ts === 'string' ? answer.ts : null;
}

function blocksOf(notice: Notice): JsonValue[] {
  const told = lines(notice.lines, 30, LINE).map((line) => slackText(line, LINE));
  const evidence = notice.evidence
    .slice(0, EVIDENCE)
    .map((series) => `\`${sparkline(series.spark, series.median)}\` ${slackText(evidenceText(series), LINE)}`);
  return [
    section(`*${slackText(notice.headline, LINE)}*`),
    ...(told.length > 0 ? [section(within(told, SECTION))] : []),
    ...(evidence.length > 0 ? [section(within(evidence, SECTION))] : []),
    ...approvalBlocks(notice),
    ...buttons(notice),
    footer(notice),
  ];
}

/** Whole lines only, so that no escape or code span is cut. */
function within(texts: readonly string[], cap: number): string {
  const kept: string[] = [];
  let length = 0;
  for (const text of texts) {
    length += text.length + 1;
    if (length > cap) return [...kept, '…'].join('\n');
    kept.push(text);
  }
  return kept.join('\n');
}

const section = (text: string): JsonValue => ({ type: 'section', text: { type: 'mrkdwn', verbatim: true, text } });

function approvalBlocks(notice: Notice): JsonValue[] {
  const approval = notice.approval;
  if (approval === null) return [];
  const hosts = approval.targets.slice(0, 20).map((target) => slackText(target.hostName, 80));
  const more = approval.targets.length > 20 ? ` and ${approval.targets.length - 20} more` : '';
  const ask = `Run \`${slackText(approval.runbook, 120)}\` on ${hosts.join(', ')}${more}? Before ${utc(approval.expiresAt)}.`;
  const reasons = notice.reasons.slice(0, REASONS).map(reasonText);
  return [section(within([ask, ...reasons], SECTION))];
}

const MARKS = { pass: '✓', refuse: '✗', hold: '…' } as const;
const reasonText = (reason: Reason): string =>
  `${MARKS[reason.verdict]} ${slackText(reason.rule, 80)}: ${slackText(reason.text, 300)}`;

/** A button's value is all that comes back: who presses it is known from Slack's signature, what is pressed from this. */
function buttons(notice: Notice): JsonValue[] {
  const { incidentId, approval } = notice;
  const value = approval && {
    incidentId,
    planId: approval.planId,
    planHash: approval.planHash,
    nonce: approval.nonce,
  };
  const elements = [
    ...(value ? [button('approve', 'Approve', value, 'primary'), button('reject', 'Reject', value, 'danger')] : []),
    ...(canAcknowledge(notice) ? [button('acknowledge', 'Acknowledge', { incidentId }, null)] : []),
  ];
  return elements.length > 0 ? [{ type: 'actions', block_id: 'nightshift', elements }] : [];
}

const canAcknowledge = (notice: Notice): boolean =>
  (notice.state === 'open' || notice.state === 'escalated') && notice.purpose !== 'acknowledge';

const button = (action: string, text: string, value: JsonValue, style: 'primary' | 'danger' | null): JsonValue => ({
  type: 'button',
  action_id: `nightshift.${action}`,
  text: { type: 'plain_text', text },
  value: JSON.stringify(value),
  ...(style === null ? {} : { style }),
});

function footer(notice: Notice): JsonValue {
  const url = safeUrl(notice.url);
  const id = slackText(notice.incidentId, 120);
  const link = url === null ? id : `<${url.replaceAll('&', '&amp;')}|${id}>`;
  const team = notice.team === null ? '' : ` · team ${slackText(notice.team, 80)}`;
  const text = `${notice.severity} · ${notice.state}${team} · ${link} · ${utc(notice.at)}`;
  return { type: 'context', elements: [{ type: 'mrkdwn', verbatim: true, text }] };
}
