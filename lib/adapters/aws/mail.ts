import { type SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { failed, refused } from '../../model/errors.ts';
import type { MailMessage, MailPort } from '../../ports/edges.ts';
import { isThrottle } from './errors.ts';

/** E-mail by SES, with the headers that keep one incident one thread. */
export function sesMail(client: SESv2Client): MailPort {
  return {
    async send(message) {
      try {
        await client.send(new SendEmailCommand(commandOf(message)));
      } catch (cause) {
        const { $fault, message: said } = cause as { $fault?: string; message?: string };
        if ($fault === 'client' && !isThrottle(cause)) throw refused('mail.refused', `SES refused: ${said}`, { cause });
        throw failed('mail.unavailable', `SES did not take the message: ${said}`, { cause });
      }
    },
  };
}

function commandOf({ from, to, subject, text, html, messageId, inReplyTo }: MailMessage) {
  const Charset = 'UTF-8';
  const references =
    inReplyTo === null ? [] : ['In-Reply-To', 'References'].map((Name) => ({ Name, Value: inReplyTo }));
  return {
    FromEmailAddress: from,
    Destination: { ToAddresses: [...to] },
    Content: {
      Simple: {
        Subject: { Data: subject, Charset },
        Body: { Text: { Data: text, Charset }, Html: { Data: html, Charset } },
        Headers: [{ Name: 'X-Nightshift-Message', Value: messageId }, ...references],
      },
    },
  };
}
