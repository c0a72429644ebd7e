import { heartbeat } from '../lib/composition/aws/loop.ts';
import { stack } from '../lib/composition/aws/stack.ts';

/** Each minute: is the watchdog alert still heard? */
export const handler = stack(heartbeat);
