import { stack } from '../lib/composition/aws/stack.ts';
import { cleanup } from '../lib/composition/aws/upkeep.ts';

/** Each day: forgets what had ended long ago. The audit's events are never touched. */
export const handler = stack(cleanup);
