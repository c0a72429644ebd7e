import { triage } from '../lib/composition/aws/loop.ts';
import { stack } from '../lib/composition/aws/stack.ts';

/** Signals from the queue: incident, diagnosis, decision, dispatch. */
export const handler = stack(triage);
