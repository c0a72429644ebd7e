import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Lower-case names, unfolded; a header that came twice is there twice. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly text: string;
  readonly html: string;
  readonly raw: string;
}
/** `soft` answers 451 (try again), `hard` 550, `hang` nothing at all. */
export type MailTrouble = 'soft' | 'hard' | 'hang';

export interface Mailbox {
  readonly host: string;
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
  trouble(trouble: MailTrouble | null): void;
  close(): Promise<void>;
}

/** A real SMTP server that keeps what it takes. */
export async function startMailbox(): Promise<Mailbox> {
  const mails: ReceivedMail[] = [];
  let trouble: MailTrouble | null = null;
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    authOptional: true,
    closeTimeout: 100,
    onData: (stream, session, done) => {
      collect(stream).then((raw) => {
        if (trouble === 'hang') return;
        if (trouble === null) mails.push(mailOf(raw, session));
        done(trouble === null ? null : answer(trouble));
      }, done);
    },
  });
  // A client that gives up on a hanging server resets its connection: that is what the test wants.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    host: '127.0.0.1',
    port: (server.server.address() as AddressInfo).port,
    mails,
    trouble: (next) => {
      trouble = next;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

const answer = (trouble: MailTrouble): Error =>
  Object.assign(new Error(trouble === 'hard' ? 'no such mailbox' : 'try again later'), {
    responseCode: trouble === 'hard' ? 550 : 451,
  });

async function collect(stream: SMTPServerDataStream): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString('utf8');
}

function mailOf(raw: string, session: SMTPServerSession): ReceivedMail {
  const { mailFrom, rcptTo } = session.envelope;
  const { headers, body } = split(raw);
  const parts = partsOf(headers, body);
  const part = (type: string) => parts.find((one) => header(one.headers, 'content-type').startsWith(type));
  return {
    from: mailFrom === false ? '' : mailFrom.address,
    to: rcptTo.map(({ address }) => address),
    headers,
    text: decoded(part('text/plain')),
    html: decoded(part('text/html')),
    raw,
  };
}

interface Part {
  readonly headers: ReceivedMail['headers'];
  readonly body: string;
}

function split(raw: string): Part {
  const end = raw.indexOf('\r\n\r\n');
  const head = raw.slice(0, end).replace(/\r\n[ \t]+/g, ' ');
  const headers = head.split('\r\n').map((line): readonly [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), words(line.slice(colon + 1).trim())];
  });
  return { headers, body: raw.slice(end + 4) };
}

export const header = (headers: ReceivedMail['headers'], name: string): string =>
  headers.find(([one]) => one === name)?.[1] ?? '';

function partsOf(headers: ReceivedMail['headers'], body: string): readonly Part[] {
  const boundary = /boundary="([^"]+)"/.exec(header(headers, 'content-type'))?.[1];
  if (boundary === undefined) return [{ headers, body }];
  return body
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((one) => split(one.replace(/^\r\n/, '')));
}

function decoded(part: Part | undefined): string {
  if (part === undefined) return '';
  const encoding = header(part.headers, 'content-transfer-encoding').toLowerCase();
  if (encoding === 'base64') return Buffer.from(part.body, 'base64').toString('utf8');
  return encoding === 'quoted-printable' ? quoted(part.body.replace(/=\r\n/g, '')) : part.body;
}

const quoted = (text: string): string =>
  Buffer.from(
    text.replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8');

/** RFC 2047 encoded words in a header. */
function words(value: string): string {
  const joined = value.replace(/\?=\s+=\?/g, '?==?');
  return joined.replace(/=\?UTF-8\?([BQ])\?([^?]*)\?=/gi, (_, kind: string, text: string) =>
    kind.toUpperCase() === 'B' ? Buffer.from(text, 'base64').toString('utf8') : quoted(text.replaceAll('_', ' ')),
  );
}
