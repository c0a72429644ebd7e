import { answer } from '../lib/composition/aws/query.ts';

/** In the VPC, beside Prometheus and Alertmanager: one bounded question, one answer. Needs no permission at all. */
export const handler = answer;
