import * as z from 'zod/mini';
import { type Route, route, textParam } from './route.ts';
import { incident } from './schemas.ts';

const nothing = z.strictObject({});
const tag = 'audit';

export const auditRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/api/audit/verify',
    tag,
    summary: 'Recompute every hash of the audit log',
    role: 'viewer',
    body: nothing,
    answer: z.object({
      streams: z.int(),
      events: z.int(),
      problems: z.array(z.object({ stream: z.string(), version: z.int(), problem: z.string() })),
    }),
    handle: (_call, operations) => operations.auditVerify(),
  }),
  route({
    method: 'post',
    path: '/api/replay/:id',
    tag,
    summary: 'Fold the events of an incident anew and compare with the live state; calls nothing outside',
    role: 'viewer',
    body: nothing,
    answer: z.object({ incident, same: z.boolean() }),
    handle: ({ params }, operations) => operations.replay(textParam(params, 'id')),
  }),
];
