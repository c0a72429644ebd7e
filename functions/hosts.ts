import { hosts } from '../lib/composition/aws/hosts.ts';

/** The inventory, for the other functions: alone may ask EC2, and holds its large client. */
export const handler = hosts;
