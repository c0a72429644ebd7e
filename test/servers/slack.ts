import { createHmac } from 'node:crypto';
import { type Answer, type Recorded, type Recorder, record } from './recorder.ts';

export interface SlackBlock {
  readonly type: string;
  readonly text?: { readonly type: string; readonly text: string; readonly verbatim?: boolean };
  readonly elements?: readonly SlackElement[];
}
export interface SlackElement {
  readonly type: string;
  readonly action_id?: string;
  readonly value?: string;
  readonly text?: unknown;
}
export interface SlackMessage {
  readonly ts: string;
  readonly channel: string;
  readonly text: string;
  readonly blocks: readonly SlackBlock[];
  readonly thread_ts?: string;
  readonly reply_broadcast?: boolean;
}
export interface SignedBody {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}
export interface SlackServer extends Recorder {
  /** What people see, oldest first. */
  readonly messages: readonly SlackMessage[];
  /** Pressing a button: the signed form that Slack would send. `at` in milliseconds. */
  press(message: SlackMessage, action: string, at: number, user?: { id: string; username: string }): SignedBody;
}

export interface SlackOptions {
  readonly token?: string;
  readonly signingSecret?: string;
  readonly channels?: readonly string[];
}

/** chat.postMessage with its checks: errors come as `ok: false` in a 200, as Slack's do. Base URL: `${url}/api`. */
export async function startSlack(options: SlackOptions = {}): Promise<SlackServer> {
  const token = options.token ?? 'xoxb-test';
  const secret = options.signingSecret ?? 'slack-signing-secret';
  const channels = options.channels ?? ['C0INCIDENTS'];
  const messages: SlackMessage[] = [];
  const post = (request: Recorded): Answer => {
    if (request.method !== 'POST' || request.path !== '/api/chat.postMessage') return no('unknown_method');
    if (request.headers.authorization !== `Bearer ${token}`) return no('invalid_auth');
    const sent = parsed(request);
    if (sent === null) return no('invalid_json');
    if (!channels.includes(sent.channel)) return no('channel_not_found');
    const problem = problemOf(sent, messages);
    if (problem !== null) return no(problem);
    const message = { ...sent, ts: `17${String(messages.length).padStart(8, '0')}.000100` };
    messages.push(message);
    return { status: 200, body: { ok: true, channel: message.channel, ts: message.ts, message } };
  };
  const server = await record(post);
  return { ...server, messages, press: (...pressed) => signed(secret, ...pressed) };
}

const no = (error: string): Answer => ({ status: 200, body: { ok: false, error } });

function parsed(request: Recorded): Omit<SlackMessage, 'ts'> | null {
  if (!request.headers['content-type']?.startsWith('application/json')) return null;
  try {
    return JSON.parse(request.body) as Omit<SlackMessage, 'ts'>;
  } catch {
    return null;
  }
}

/** The limits of docs.slack.dev/reference/block-kit that a message can break. */
function problemOf(sent: Omit<SlackMessage, 'ts'>, messages: readonly SlackMessage[]): string | null {
  if (sent.thread_ts !== undefined && !messages.some(({ ts }) => ts === sent.thread_ts)) return 'thread_not_found';
  if (sent.text.length > 40_000) return 'msg_too_long';
  const bad = sent.blocks.length > 50 || sent.blocks.some(badBlock);
  return bad ? 'invalid_blocks' : null;
}

function badBlock(block: SlackBlock): boolean {
  if (block.type === 'section') return !block.text || block.text.text.length === 0 || block.text.text.length > 3000;
  if (block.type === 'context') return !block.elements || block.elements.length > 10;
  if (block.type !== 'actions') return true;
  return !block.elements?.every((one) => (one.value?.length ?? 0) <= 2000 && one.action_id !== undefined);
}

function signed(
  secret: string,
  message: SlackMessage,
  action: string,
  at: number,
  user = { id: 'U0ONCALL', username: 'oncall' },
): SignedBody {
  const element = message.blocks
    .flatMap(({ elements }) => elements ?? [])
    .find(({ action_id }) => action_id === action);
  if (element === undefined) throw new Error(`the message has no button ${action}`);
  const payload = {
    type: 'block_actions',
    user,
    api_app_id: 'A0TEST',
    channel: { id: message.channel },
    container: { type: 'message', message_ts: message.ts },
    actions: [{ ...element, block_id: 'nightshift', action_ts: message.ts }],
  };
  const body = `payload=${encodeURIComponent(JSON.stringify(payload)).replaceAll('%20', '+')}`;
  const timestamp = String(Math.floor(at / 1000));
  const digest = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
  return {
    body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${digest}`,
    },
  };
}
