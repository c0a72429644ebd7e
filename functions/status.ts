import { hinted } from '../lib/composition/aws/loop.ts';
import { stack } from '../lib/composition/aws/stack.ts';

/** A command changed its state: a hint to ask at once. */
export const handler = stack(hinted);
