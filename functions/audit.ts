import { stack } from '../lib/composition/aws/stack.ts';
import { signRoot } from '../lib/composition/aws/upkeep.ts';

/** Each minute: signs the heads of all streams into the locked bucket. */
export const handler = stack(signRoot);
