import type { Context } from 'aws-lambda';
import { ses } from '../../adapters/aws/clients.ts';
import { sesMail } from '../../adapters/aws/mail.ts';
import { httpClient } from '../../adapters/remote/http.ts';
import { createPost } from '../../loop/deliver.ts';
import type { Messenger } from '../../loop/deps.ts';
import { keyedTurns } from '../../loop/turns.ts';
import { base } from './base.ts';
import { awsDesk, flushing, type Timed } from './desk.ts';
import { once } from './once.ts';

/** Left for the messages under way and for the logs, milliseconds. */
const MARGIN = 30_000;

const messenger = once(async (): Promise<Messenger & Timed> => {
  const given = await base();
  return {
    ...awsDesk(given),
    http: httpClient(),
    mail: sesMail(ses()),
    turns: keyedTurns(),
    random: given.random,
  };
});

/** Empties the outbox, as far as its time goes. One at a time: its queue has one group. */
export const notify = async (context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<void> =>
  flushing(await messenger(), async (ports) => {
    // One for the whole call: it remembers which channel asked to be left alone. What is due and waits for that is no work.
    const post = createPost(ports);
    while (context.getRemainingTimeInMillis() > MARGIN && (await post.begin()) > 0) await post.idle();
  });
