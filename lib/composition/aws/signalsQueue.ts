import { sqs } from '../../adapters/aws/clients.ts';
import { sqsQueue } from '../../adapters/aws/queue.ts';
import type { Heard } from '../../loop/deps.ts';
import type { Clock } from '../../ports/edges.ts';
import type { Queue } from '../../ports/queue.ts';
import { variable } from './environment.ts';

/** What was heard and waits for triage. */
export function signalsQueue({ clock }: { readonly clock: Clock }, client = sqs()): Queue<Heard> {
  return sqsQueue<Heard>({
    client,
    url: variable('NIGHTSHIFT_SIGNALS_URL'),
    deadLetterUrl: variable('NIGHTSHIFT_DEAD_LETTERS_URL'),
    clock,
  });
}
