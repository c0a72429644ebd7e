import { cloudSignal } from '../lib/composition/aws/signals.ts';
import { stack } from '../lib/composition/aws/stack.ts';

/** CloudWatch alarms and EC2 state changes, from EventBridge. */
export const handler = stack(cloudSignal);
