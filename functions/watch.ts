import { watch } from '../lib/composition/aws/loop.ts';
import { stack } from '../lib/composition/aws/stack.ts';

/** Each minute: scores what has come since the last. */
export const handler = stack(watch);
