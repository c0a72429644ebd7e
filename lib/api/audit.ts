import * as z from 'zod/mini';
import { type Route, route, textParam } from './route.ts';
import { incident, millis } from './schemas.ts';

const nothing = z.strictObject({});
const tag = 'audit';

export const auditRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/api/audit/verify',
    tag,
    summary: 'Recompute every hash of the audit log and check what was signed',
    role: 'viewer',
    body: nothing,
    answer: z.object({
      streams: z.int(),
      events: z.int(),
      roots: z.nullable(z.object({ count: z.int(), last: z.nullable(z.object({ seq: z.int(), at: millis })) })),
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
