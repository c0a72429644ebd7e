import * as z from 'zod/mini';
import { type Route, route } from './route.ts';
import { millis, nullable, words } from './schemas.ts';

const record = z.object({ until: millis, reason: z.string(), by: z.string() });
const tag = 'stop';
const path = '/api/stop';

export const stopRoutes: readonly Route[] = [
  route({
    method: 'get',
    path,
    tag,
    summary: 'The global stop that stands now, if any',
    role: 'viewer',
    answer: z.object({ stop: nullable(record) }),
    handle: async (_call, operations) => ({ stop: await operations.stop() }),
  }),
  route({
    method: 'post',
    path,
    tag,
    summary: 'Stop: nothing is sent to any host until then',
    role: 'operator',
    body: z.strictObject({ until: z.int({ error: 'milliseconds since the epoch' }), reason: words }),
    answer: record,
    handle: ({ body, actor }, operations) => operations.setStop(body.until, body.reason, actor),
  }),
  // Stopping is always safe, going on is not: it takes a higher role.
  route({
    method: 'delete',
    path,
    tag,
    summary: 'Lift the global stop',
    role: 'approver',
    body: z.strictObject({ reason: words }),
    answer: z.object({ stop: z.null() }),
    handle: async ({ body, actor }, operations) => {
      await operations.liftStop(body.reason, actor);
      return { stop: null };
    },
  }),
];
