import { stack } from '../lib/composition/aws/stack.ts';
import { heartbeat } from '../lib/composition/aws/watch.ts';

/** Each minute: is the watchdog alert still heard? */
export const handler = stack(heartbeat);
