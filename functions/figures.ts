import { figures } from '../lib/composition/aws/figures.ts';

/** What only CloudWatch measures, for the other functions: alone holds its client. */
export const handler = figures;
