import type { Context } from 'aws-lambda';
import { ses } from '../../adapters/aws/clients.ts';
import { sesMail } from '../../adapters/aws/mail.ts';
import { createPost } from '../../loop/deliver.ts';
import { withDeps } from './loop.ts';
import { once } from './once.ts';

/** Left for the messages under way and for the logs, milliseconds. */
const MARGIN = 30_000;

const mail = once(async () => sesMail(ses()));

/** Empties the outbox, as far as its time goes. One at a time: its queue has one group. */
export const notify = (context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<void> =>
  withDeps(async (given) => {
    const ports = { ...given, mail: await mail() };
    // One for the whole call: it remembers which channel asked to be left alone. What is due and waits for that is no work.
    const post = createPost(ports);
    while (context.getRemainingTimeInMillis() > MARGIN && (await post.begin()) > 0) await post.idle();
  });
