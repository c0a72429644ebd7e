import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { loadBundle, loadSettings } from '../../lib/composition/catalogueFiles.ts';
import { createEmbedded, type Embedded } from '../../lib/composition/embedded.ts';
import { PACKS } from '../../lib/composition/run.ts';
import { createPost } from '../../lib/loop/deliver.ts';
import type { Deps } from '../../lib/loop/deps.ts';
import type { ChannelSettings } from '../../lib/model/settings.ts';
import { entry, notice, T0 } from '../contract/ledgerFixtures.ts';
import { type SlackServer, startSlack } from '../servers/slack.ts';
import { startWebhook, type WebhookServer } from '../servers/webhook.ts';

async function deliverDue(deps: Deps): Promise<void> {
  const post = createPost(deps);
  await post.begin();
  await post.idle();
}

let folder: string;
let slack: SlackServer;
let other: WebhookServer;
let embedded: Embedded;
let now = T0;
beforeEach(async () => {
  now = T0;
  folder = await mkdtemp(join(tmpdir(), 'nightshift-post-'));
  [slack, other] = await Promise.all([startSlack(), startWebhook()]);
  const channels: Record<string, ChannelSettings> = {
    chat: {
      kind: 'slack',
      url: `${slack.url}/api`,
      token: 'xoxb-test',
      channel: 'C0INCIDENTS',
      signingSecret: 'slack-signing-secret',
    },
    hook: { kind: 'webhook', url: other.url, token: 'webhook-token' },
  };
  embedded = await createEmbedded({
    settings: { ...(await loadSettings(null, {})), dataFolder: folder, channels },
    bundle: await loadBundle({ packsFolder: PACKS, policiesFolder: folder }),
    inventoryFile: null,
    version: 'test',
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    wrap: (deps) => ({ ...deps, clock: { now: () => now } }),
  });
});
afterEach(async () => {
  await Promise.all([slack.close(), other.close()]);
  await embedded.stop();
  await rm(folder, { recursive: true, force: true });
});

const queue = (stream: string, channel: string, ...ids: string[]) =>
  embedded.deps.ledger.append(
    entry(stream, 0, { outbox: ids.map((id) => ({ id, stream, channel, notice: notice(id), dueAt: T0 })) }),
  );
/** Ids in the order in which they were asked for, with the attempts that failed. */
const asked = () =>
  slack.requests.map(({ body, troubled }) => {
    const { metadata } = JSON.parse(body) as { metadata: { event_payload: { id: string } } };
    return `${metadata.event_payload.id}${troubled ? ' failed' : ''}`;
  });

test('what is tried again holds back what follows it, after a restart too', async () => {
  slack.trouble({ kind: 'status', status: 503 });
  await queue('one', 'chat', 'a1', 'a2', 'a3');
  await deliverDue(embedded.deps);
  await deliverDue(embedded.deps);
  expect(asked()).toEqual(['a1 failed']);
  now += 7_000;
  await deliverDue(embedded.deps);
  expect(asked()).toEqual(['a1 failed', 'a1', 'a2', 'a3']);
});

test('a channel that names a time is left alone by everybody until then; other channels are not', async () => {
  slack.trouble({ kind: 'status', status: 429, retryAfter: 30 });
  await queue('one', 'chat', 'a1', 'a2');
  const post = createPost(embedded.deps);
  const turn = async () => {
    await post.begin();
    await post.idle();
  };
  await turn();
  await queue('two', 'chat', 'b1');
  await queue('three', 'hook', 'c1');
  now += 29_000;
  await turn();
  expect(asked()).toEqual(['a1 failed']);
  expect(other.taken).toHaveLength(1);
  now += 2_000;
  await turn();
  expect(asked().toSorted()).toEqual(['a1', 'a1 failed', 'a2', 'b1']);
  expect(asked().indexOf('a1')).toBeLessThan(asked().indexOf('a2'));
});

test('a channel that hangs is not waited for', async () => {
  slack.trouble({ kind: 'hang' });
  await queue('one', 'chat', 'a1', 'a2');
  await queue('two', 'hook', 'c1');
  const post = createPost(embedded.deps);
  await post.begin();
  await queue('three', 'hook', 'd1');
  await post.begin();
  while (other.taken.length < 2) await new Promise((done) => setTimeout(done, 10));
  expect(slack.messages).toEqual([]);
  await slack.close();
  await post.idle();
  expect((await embedded.deps.ledger.outboxDue(now + 60_000, 9)).map(({ id }) => id)).toEqual(['a2', 'a1']);
});
