import { api } from '../lib/composition/aws/api.ts';
import { http } from '../lib/composition/aws/stack.ts';

/** Everything for people and programs. */
export const handler = http(api);
