import { createTransport } from 'nodemailer';
import { failed, refused } from '../../model/errors.ts';
import type { MailMessage, MailPort } from '../../ports/edges.ts';

export interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string | null;
  readonly password: string | null;
  /** For connecting, greeting and silence; default 10 s. */
  readonly timeout?: number;
}

/** Port 465 is TLS from the first byte, others upgrade where the server offers it; a password never leaves in the clear. */
export function smtpMail(options: SmtpOptions): MailPort {
  const { host, port, user, password, timeout = 10_000 } = options;
  const transport = createTransport({
    host,
    port,
    secure: port === 465,
    ...(user !== null && { auth: { user, pass: password ?? '' }, requireTLS: !isLoopback(host) }),
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    // Text from alerts must never make the mailer read a file or an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(message) {
      const info = await transport.sendMail(toMail(message)).catch((cause: unknown) => {
        throw toError(cause);
      });
      // Sent again it would reach the others twice, so the rest is for the second channel.
      if (info.rejected.length > 0) {
        throw refused(
          'mail.refused',
          `the mail server took the message, but not for ${info.rejected.length} recipient(s)`,
        );
      }
    },
  };
}

function toMail({ inReplyTo, to, ...rest }: MailMessage) {
  return { ...rest, to: [...to], ...(inReplyTo !== null && { inReplyTo, references: inReplyTo }) };
}

/** SMTP says itself what is permanent: 5xx. Everything else may be better in a minute. */
function toError(cause: unknown) {
  const code = replyCode(cause);
  if (code >= 500 && code < 600) return refused('mail.refused', `the mail server refused with ${code}`, { cause });
  const detail = cause instanceof Error ? cause.message : 'no answer';
  return failed('mail.unavailable', `the mail server could not be used: ${detail}`, { cause });
}

function replyCode(cause: unknown): number {
  if (typeof cause !== 'object' || cause === null || !('responseCode' in cause)) return 0;
  return typeof cause.responseCode === 'number' ? cause.responseCode : 0;
}

const isLoopback = (host: string) => host === 'localhost' || host === '::1' || host.startsWith('127.');
