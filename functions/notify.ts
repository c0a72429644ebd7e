import { notify } from '../lib/composition/aws/notify.ts';
import { stack } from '../lib/composition/aws/stack.ts';

/** Empties the outbox to Slack, PagerDuty, e-mail and webhooks. */
export const handler = stack((_event: unknown, context) => notify(context));
