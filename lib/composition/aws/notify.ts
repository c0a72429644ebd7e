import type { Context } from 'aws-lambda';
import { ses } from '../../adapters/aws/clients.ts';
import { sesMail } from '../../adapters/aws/mail.ts';
import { deliverDue } from '../../loop/deliver.ts';
import { withDeps } from './loop.ts';
import { once } from './once.ts';

/** Left for the messages under way and for the logs, milliseconds. */
const MARGIN = 30_000;

const mail = once(async () => sesMail(ses()));

/** Empties the outbox, as far as its time goes. One at a time: its queue has one group. */
export const notify = (context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<void> =>
  withDeps(async (given) => {
    const ports = { ...given, mail: await mail() };
    const due = () => ports.ledger.outboxDue(ports.clock.now(), 1);
    while (context.getRemainingTimeInMillis() > MARGIN && (await due()).length > 0) await deliverDue(ports);
  });
