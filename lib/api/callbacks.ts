import { createHmac } from 'node:crypto';
import type { Hono } from 'hono';
import type { Answers } from '../loop/answers.ts';
import type { Millis } from '../model/basic.ts';
import { absent, invalid, isNightshiftError, refused } from '../model/errors.ts';
import type { IncidentEvent } from '../model/incident.ts';
import {
  type PagerdutyCall,
  parsePagerdutyWebhook,
  verifyPagerdutySignature,
} from '../notification/pagerdutyWebhook.ts';
import { parseSlackAction, type SlackAction, verifySlackSignature } from '../notification/slackActions.ts';
import { readBytes } from './body.ts';
import type { ApiSettings } from './settings.ts';

/** Both services send far less. */
const MAX_BYTES = 256 * 1024;

const hmac = (key: string, text: string): string => createHmac('sha256', key).update(text, 'utf8').digest('hex');

async function readText(request: Request): Promise<string> {
  const bytes = await readBytes(request, MAX_BYTES);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw invalid('api.body', 'The body is not valid UTF-8.', { field: 'body', expected: 'UTF-8 text', cause });
  }
}

/** One of the secrets must fit; which one is told to nobody. */
function verified(secrets: readonly string[], verify: (secret: string) => void): void {
  const held = secrets.map((secret) => {
    try {
      verify(secret);
      return true;
    } catch (error) {
      if (isNightshiftError(error) && error.kind === 'refused') return false;
      throw error;
    }
  });
  if (!held.includes(true))
    throw refused('api.signature', 'The request is not signed as it should be.', { field: 'signature' });
}

/** When the incident last moved in a way that contradicts an action; an action older than that was meant for before. */
async function lastAt(operations: Answers, id: string, type: IncidentEvent['type']): Promise<Millis> {
  const events = await operations.timeline(id);
  return events.findLast(({ event }) => event.type === type)?.at ?? 0;
}

/** Signed answers can be sent again by whoever saw them: what is old or done already changes nothing. */
async function acknowledgeOnce(operations: Answers, id: string, by: SlackAction['by'], at: Millis): Promise<boolean> {
  const { state } = await operations.incident(id);
  if (state !== 'open' && state !== 'escalated') return false;
  if (at < (await lastAt(operations, id, 'incident.reopened'))) return false;
  await operations.acknowledge(id, by);
  return true;
}

async function actSlack(operations: Answers, action: SlackAction, at: Millis): Promise<boolean> {
  const { incidentId, by } = action;
  if (action.kind === 'acknowledge') return acknowledgeOnce(operations, incidentId, by, at);
  const { planId, planHash, nonce } = action;
  if (action.kind === 'approve') await operations.approve(incidentId, planId, planHash, by, nonce);
  else await operations.reject(incidentId, planId, planHash, 'rejected in Slack', by, nonce);
  return true;
}

async function actPagerduty(operations: Answers, call: PagerdutyCall): Promise<boolean> {
  if (call.action === 'other') return false;
  const { incidentId: id, by, occurredAt } = call;
  if (call.action === 'acknowledged') return acknowledgeOnce(operations, id, by, occurredAt);
  const { state } = await operations.incident(id);
  if ((state === 'closed') !== (call.action === 'reopened')) return false;
  const contrary = call.action === 'reopened' ? 'incident.closed' : 'incident.reopened';
  if (occurredAt < (await lastAt(operations, id, contrary))) return false;
  if (call.action === 'reopened') await operations.reopen(id, 'reopened in PagerDuty', by);
  else await operations.close(id, 'resolved in PagerDuty', by);
  return true;
}

const notConfigured = (what: string) => absent('api.not-configured', `${what} is not configured here.`);

export interface CallbackSettings extends Pick<ApiSettings, 'slack' | 'pagerduty' | 'clock'> {
  readonly operations: Answers;
}

export function addCallbacks(app: Hono, { operations, slack, pagerduty, clock }: CallbackSettings): void {
  app.post('/callbacks/slack', async ({ req }) => {
    if (slack === undefined || slack.secrets.length === 0) throw notConfigured('Slack');
    const body = await readText(req.raw);
    const timestamp = req.header('x-slack-request-timestamp') ?? '';
    const signature = req.header('x-slack-signature') ?? '';
    const now = clock.now();
    verified(slack.secrets, (secret) => verifySlackSignature({ timestamp, body, signature, secret, now }, hmac));
    // Slack's clock counts seconds: the end of that second, so that a press right after a reopening counts.
    const done = await actSlack(operations, parseSlackAction(body), Number(timestamp) * 1000 + 999);
    return Response.json({ done });
  });
  app.post('/callbacks/pagerduty', async ({ req }) => {
    if (pagerduty === undefined || pagerduty.secrets.length === 0) throw notConfigured('PagerDuty');
    const body = await readText(req.raw);
    const signature = req.header('x-pagerduty-signature') ?? '';
    verified(pagerduty.secrets, (secret) => verifyPagerdutySignature({ body, signature, secret }, hmac));
    return Response.json({ done: await actPagerduty(operations, parsePagerdutyWebhook(body)) });
  });
}
