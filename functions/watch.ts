import { stack } from '../lib/composition/aws/stack.ts';
import { watch } from '../lib/composition/aws/watch.ts';

/** Each minute: scores what has come since the last. */
export const handler = stack(watch);
