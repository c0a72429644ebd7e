import { http } from '../lib/composition/aws/stack.ts';
import { webhook } from '../lib/composition/aws/webhook.ts';

/** POST /webhooks/alertmanager: durable in the queue, then 2xx. */
export const handler = http(webhook);
