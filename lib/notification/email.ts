import { sparkSvg } from '../language/sparkSvg.ts';
import { describe, isNightshiftError } from '../model/errors.ts';
import type { Notice } from '../model/notice.ts';
import type { MailMessage } from '../ports/edges.ts';
import type { Channel, Delivery, SettingsOf } from './channel.ts';
import { headerText, htmlText, lines, oneLine, safeUrl } from './escape.ts';
import { evidenceText, sparkline } from './sparkline.ts';
import { utc } from './words.ts';

/** SMTP answers by silence or an error: null means that the server took the message. */
export interface MailAnswer {
  readonly messageId: string;
  readonly error: unknown;
}

const LINE = 1000;

export const email: Channel<SettingsOf<'email'>, MailMessage, MailAnswer> = {
  request(notice, settings, thread) {
    return {
      from: settings.from,
      to: settings.to,
      subject: headerText(`[${notice.severity}] ${notice.headline}`),
      text: textOf(notice),
      html: htmlOf(notice),
      messageId: messageId(notice.id, settings.from),
      inReplyTo: thread,
    };
  },
  interpret: ({ messageId: id, error }) => (error === null ? { outcome: 'delivered', ref: id } : troubled(error)),
};

function troubled(error: unknown): Delivery {
  const detail = oneLine(describe(error), 200);
  const refused = isNightshiftError(error) && !error.retryable;
  return refused ? { outcome: 'refused', detail } : { outcome: 'retry', after: null, detail };
}

/**
 * Deterministic, so that a mail sent twice by a crash is one to a mail reader. Everything outside a few safe characters
 * (RFC 5322 atext) is written as `=` and its hexadecimal code.
 */
export function messageId(noticeId: string, from: string): string {
  const local = Array.from(noticeId.toWellFormed(), (character) =>
    /[A-Za-z0-9/_-]/.test(character) ? character : `=${(character.codePointAt(0) ?? 0).toString(16)}`,
  ).join('');
  const domain = /@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)>?\s*$/.exec(from)?.[1] ?? 'nightshift.invalid';
  return `<${local}@${domain}>`;
}

interface Part {
  readonly title: string;
  readonly rows: readonly string[];
  /** SVG for each of the first rows; a reader that shows none shows the row alone. */
  readonly plots?: readonly string[];
}

/** The values are evenly spaced; their times are not in the notice. */
const plotOf = ({ spark, median, title }: Notice['evidence'][number]): string =>
  sparkSvg({ samples: spark.map((v, t) => ({ t, v })), median, movedAt: null, title: oneLine(title, LINE) });

/** Both forms of the mail say the same, in the same order. */
function partsOf(notice: Notice): readonly Part[] {
  const { approval } = notice;
  const shown = notice.evidence.slice(0, 10);
  const evidence = shown.map((series) => `${sparkline(series.spark, series.median)} ${evidenceText(series)}`);
  const asked =
    approval === null
      ? []
      : [
          `Runbook: ${approval.runbook}`,
          `Hosts: ${approval.targets.map((target) => target.hostName).join(', ')}`,
          `Until: ${utc(approval.expiresAt)}`,
        ];
  return [
    { title: '', rows: notice.lines },
    { title: 'Approval wanted', rows: asked },
    { title: 'Evidence', rows: evidence, plots: shown.map(plotOf) },
    {
      title: 'Rules asked',
      rows: notice.reasons.map((reason) => `${reason.verdict} — ${reason.rule}: ${reason.text}`),
    },
    { title: 'Labels', rows: Object.entries(notice.labels).map(([name, value]) => `${name} = ${value}`) },
  ].filter((part) => part.rows.length > 0);
}

function textOf(notice: Notice): string {
  const parts = partsOf(notice).map(({ title, rows }) =>
    [...(title === '' ? [] : [`${title}:`]), ...lines(rows, 50, LINE)].join('\n'),
  );
  const foot = `Incident ${notice.incidentId} (${notice.state})\n${notice.url}`;
  return `${[oneLine(notice.headline, LINE), ...parts, foot].join('\n\n')}\n`;
}

function htmlOf(notice: Notice): string {
  const parts = partsOf(notice).map(({ title, rows, plots = [] }) => {
    const items = lines(rows, 50, LINE).map((row, at) => {
      const plot = plots[at] === undefined ? '' : `<div style="max-width:320px">${plots[at]}</div>`;
      return `<li>${htmlText(row, LINE * 2)}${plot}</li>`;
    });
    return `${title === '' ? '' : `<h3>${title}</h3>`}<ul>${items.join('')}</ul>`;
  });
  const id = htmlText(notice.incidentId, 200);
  const url = safeUrl(notice.url);
  const link = url === null ? id : `<a href="${htmlText(url, LINE * 2)}">${id}</a>`;
  const head = `<h2>${htmlText(notice.headline, LINE)}</h2>`;
  return `<!doctype html><html><body>${head}${parts.join('')}<p>Incident ${link} (${notice.state})</p></body></html>`;
}
