import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChannelSettings, Settings } from '../../lib/model/settings.ts';
import { type Mailbox, startMailbox } from '../servers/mailbox.ts';
import { type PagerdutyServer, startPagerduty } from '../servers/pagerduty.ts';
import { type SlackMessage, type SlackServer, startSlack } from '../servers/slack.ts';

export const ROUTING_KEY = 'R0TEST0000000000000000000000TEST';

export const slackChannel = ({ url }: SlackServer): ChannelSettings => ({
  kind: 'slack',
  url: `${url}/api`,
  token: 'xoxb-test',
  channel: 'C0INCIDENTS',
  signingSecret: 'slack-signing-secret',
});
export const pagerdutyChannel = ({ url }: PagerdutyServer): ChannelSettings => ({
  kind: 'pagerduty',
  url,
  routingKey: ROUTING_KEY,
  webhookSecret: 'pagerduty-webhook-secret',
});

/** Chat, pager and mail, as people have them: local servers that speak the real protocols. */
export class People {
  readonly slack: SlackServer;
  readonly pagerduty: PagerdutyServer;
  readonly mailbox: Mailbox;

  private constructor(slack: SlackServer, pagerduty: PagerdutyServer, mailbox: Mailbox) {
    this.slack = slack;
    this.pagerduty = pagerduty;
    this.mailbox = mailbox;
  }

  static async start(): Promise<People> {
    return new People(await startSlack(), await startPagerduty(), await startMailbox());
  }

  get settings(): Pick<Settings, 'channels' | 'smtp'> {
    return {
      smtp: { host: this.mailbox.host, port: this.mailbox.port, user: null, password: null },
      channels: {
        chat: slackChannel(this.slack),
        pager: pagerdutyChannel(this.pagerduty),
        mail: { kind: 'email', from: 'nightshift@example.org', to: ['oncall@example.org'] },
      },
    };
  }

  async stop(): Promise<void> {
    await Promise.all([this.slack.close(), this.pagerduty.close(), this.mailbox.close()]);
  }
}

const saidIn = (message: SlackMessage, text: string) => JSON.stringify(message).includes(text);

/** What the chat shows of an incident, oldest first. */
export const chatOf = (slack: SlackServer, incident: string): SlackMessage[] =>
  slack.messages.filter((message) => saidIn(message, incident));

/** The id of each notice that the chat took: none may come twice. */
export const noticeIds = (messages: readonly SlackMessage[]): string[] =>
  messages.map((message) => {
    const { metadata } = message as SlackMessage & { metadata: { event_payload: { id: string } } };
    return metadata.event_payload.id;
  });

export const pagesOf = (pagerduty: PagerdutyServer, incident: string) =>
  pagerduty.events.filter(({ dedup_key }) => dedup_key === incident);

/** The API as a person with the token of this machine calls it. */
export async function asPerson(url: string, folder: string, method: string, path: string, body?: unknown) {
  const token = (await readFile(join(folder, 'data', 'token'), 'utf8')).trim();
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}
