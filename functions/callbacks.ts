import { callbacks } from '../lib/composition/aws/callbacks.ts';
import { http } from '../lib/composition/aws/stack.ts';

/** What Slack and PagerDuty sign and send back. */
export const handler = http(callbacks);
