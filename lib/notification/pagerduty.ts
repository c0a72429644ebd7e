import type { JsonValue, Severity } from '../model/basic.ts';
import type { Notice, NoticePurpose } from '../model/notice.ts';
import type { HttpResponse } from '../ports/edges.ts';
import type { Delivery, HttpChannel } from './channel.ts';
import { endpoint, interpretStatus, jsonObject, postJson } from './channel.ts';
import { lines, oneLine, safeUrl } from './escape.ts';
import { evidenceText, sparkline } from './sparkline.ts';

/** PagerDuty's cap of `summary`, and ours for each detail; `dedup_key` is at most 255. */
const CAP = 1024;
const KEY_CAP = 255;

/** Acknowledge and resolve act on the incident's key; everything else needs a person, so it triggers. */
const ACTIONS: Readonly<Record<NoticePurpose, 'trigger' | 'acknowledge' | 'resolve'>> = {
  trigger: 'trigger',
  update: 'trigger',
  approval: 'trigger',
  escalate: 'trigger',
  acknowledge: 'acknowledge',
  resolve: 'resolve',
};
/** What nobody classified may be the worst. */
const SEVERITIES: Readonly<Record<Severity, 'critical' | 'warning' | 'info'>> = {
  critical: 'critical',
  unknown: 'critical',
  warning: 'warning',
  info: 'info',
};

/** Events API v2 (https://developer.pagerduty.com/docs/send-alert-event); the dedup key is the incident's id. */
export const pagerduty: HttpChannel<'pagerduty'> = {
  request(notice, settings) {
    const action = ACTIONS[notice.purpose];
    const head = {
      routing_key: settings.routingKey,
      event_action: action,
      dedup_key: notice.incidentId.slice(0, KEY_CAP),
    };
    const url = endpoint(settings.url, '/v2/enqueue');
    return postJson(url, action === 'trigger' ? { ...head, ...alert(notice) } : head);
  },
  interpret,
};

function alert(notice: Notice): { readonly [key: string]: JsonValue } {
  const href = safeUrl(notice.url);
  const { labels } = notice;
  return {
    client: 'Nightshift',
    ...(href === null ? {} : { client_url: href, links: [{ href, text: `Incident ${notice.incidentId}` }] }),
    payload: {
      summary: oneLine(notice.headline, CAP) || 'Incident without a name',
      source: oneLine(labels.host ?? labels.service ?? labels.cluster ?? notice.incidentId, KEY_CAP),
      severity: SEVERITIES[notice.severity],
      timestamp: new Date(notice.at).toISOString(),
      ...(labels.service === undefined ? {} : { component: oneLine(labels.service, KEY_CAP) }),
      ...(labels.cluster === undefined ? {} : { group: oneLine(labels.cluster, KEY_CAP) }),
      ...(labels.alertname === undefined ? {} : { class: oneLine(labels.alertname, KEY_CAP) }),
      custom_details: details(notice),
    },
  };
}

function details(notice: Notice): JsonValue {
  const evidence = notice.evidence.slice(0, 5);
  return {
    state: notice.state,
    team: notice.team === null ? null : oneLine(notice.team, KEY_CAP),
    story: lines(notice.lines, 30, CAP),
    evidence: evidence.map((series) =>
      oneLine(`${sparkline(series.spark, series.median)} ${evidenceText(series)}`, CAP),
    ),
    reasons: notice.reasons
      .slice(0, 20)
      .map((reason) => oneLine(`${reason.verdict} ${reason.rule}: ${reason.text}`, CAP)),
    labels: Object.fromEntries(
      Object.entries(notice.labels)
        .slice(0, 40)
        .map(([name, value]) => [oneLine(name, 100), oneLine(value, 300)]),
    ),
  };
}

function interpret(response: HttpResponse): Delivery {
  const unusual = interpretStatus(response);
  if (unusual !== null) return unusual;
  const key = jsonObject(response.body)?.dedup_key;
  return { outcome: 'delivered', ref: typeof key === 'string' ? key : null };
}
