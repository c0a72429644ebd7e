import * as z from 'zod/mini';
import { type Route, route } from './route.ts';
import { millis, nullable } from './schemas.ts';

const text = z.string();
const host = z.object({
  id: text,
  name: text,
  cluster: text,
  addresses: z.array(text),
  services: z.array(text),
  labels: z.record(text, text),
  state: z.enum(['online', 'offline', 'unknown']),
  launchedAt: nullable(millis),
  restart: z.record(text, z.array(text)),
});

export const hostRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/hosts',
    tag: 'hosts',
    summary: 'The inventory, as it is now',
    role: 'viewer',
    answer: z.object({ items: z.array(host) }),
    handle: async (_call, operations) => ({ items: await operations.hosts() }),
  }),
];
