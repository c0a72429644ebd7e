import type { HttpChannel } from './channel.ts';
import { interpretStatus, postJson } from './channel.ts';
import { lines, oneLine } from './escape.ts';

/**
 * Generic JSON. `version` is raised when the shape changes; `Idempotency-Key` is the same for each attempt, so a receiver
 * can drop repeats. The approval's nonce stays away: only a signed Slack action or an API token may spend one.
 */
export const webhook: HttpChannel<'webhook'> = {
  request(notice, settings) {
    const { approval } = notice;
    const body = {
      version: '1',
      id: notice.id,
      purpose: notice.purpose,
      at: new Date(notice.at).toISOString(),
      incident: {
        id: notice.incidentId,
        state: notice.state,
        severity: notice.severity,
        team: notice.team,
        url: notice.url,
      },
      headline: oneLine(notice.headline, 1024),
      lines: lines(notice.lines, 50, 1024),
      labels: Object.fromEntries(Object.entries(notice.labels).map(([name, value]) => [name, oneLine(value, 1024)])),
      evidence: notice.evidence
        .slice(0, 20)
        .map(({ indicator, title, unit, series, score, last, median, movedAt }) => ({
          indicator,
          title,
          unit,
          series: oneLine(series, 1024),
          ...{ score, last, median, movedAt },
        })),
      reasons: notice.reasons.map(({ rule, verdict, text }) => ({ rule, verdict, text: oneLine(text, 1024) })),
      approval: approval && {
        planId: approval.planId,
        planHash: approval.planHash,
        runbook: approval.runbook,
        targets: approval.targets.map(({ hostId, hostName, cluster }) => ({ hostId, hostName, cluster })),
        expiresAt: new Date(approval.expiresAt).toISOString(),
      },
    };
    const authorization = settings.token === '' ? {} : { authorization: `Bearer ${settings.token}` };
    return postJson(settings.url, body, { 'idempotency-key': oneLine(notice.id, 255), ...authorization });
  },
  interpret: (response) => interpretStatus(response) ?? { outcome: 'delivered', ref: null },
};
