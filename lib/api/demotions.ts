import * as z from 'zod/mini';
import { type Route, route, textParam } from './route.ts';
import { millis, words } from './schemas.ts';

const record = z.object({
  policy: z.string(),
  cluster: z.string(),
  to: z.literal('suggest'),
  reason: z.string(),
  at: millis,
});
const tag = 'demotions';

export const demotionRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/demotions',
    tag,
    summary: 'Policies that lost their autonomy after a failed verification',
    role: 'viewer',
    answer: z.object({ items: z.array(record) }),
    handle: async (_call, operations) => ({ items: await operations.demotions() }),
  }),
  route({
    method: 'delete',
    path: '/api/demotions/:policy/:cluster',
    tag,
    summary: 'Give a policy its autonomy back',
    role: 'approver',
    body: z.strictObject({ reason: words }),
    answer: z.object({ lifted: z.object({ policy: z.string(), cluster: z.string() }) }),
    handle: async ({ params, body, actor }, operations) => {
      const policy = textParam(params, 'policy');
      const cluster = textParam(params, 'cluster');
      await operations.liftDemotion(policy, cluster, body.reason, actor);
      return { lifted: { policy, cluster } };
    },
  }),
];
