import * as z from 'zod/mini';
import { type Route, route, textParam } from './route.ts';
import { nullable } from './schemas.ts';

const text = z.string();
const watched = z.object({
  id: text,
  title: text,
  expr: text,
  unit: text,
  direction: z.enum(['high', 'low', 'both']),
  maxFalseAlarmsPerWeek: z.number(),
  series: z.int(),
  alarms: z.int(),
  scoredUpTo: nullable(z.number()),
  useful: z.int(),
  useless: z.int(),
  precision: nullable(z.number()),
  suggestion: nullable(text),
});
const tag = 'watches';

export const watchRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/watches',
    tag,
    summary: 'The watch list: series, alarms, and what people said of its anomalies',
    role: 'viewer',
    answer: z.object({ items: z.array(watched) }),
    handle: async (_call, operations) => ({ items: await operations.watches() }),
  }),
  route({
    method: 'post',
    path: '/api/incidents/:id/mark',
    tag,
    summary: 'Say whether the anomalies of an incident were worth telling; nothing follows by itself',
    role: 'operator',
    body: z.strictObject({ useful: z.boolean({ error: 'true or false' }) }),
    answer: z.object({ watches: z.array(text) }),
    handle: async ({ params, body, actor }, operations) => ({
      watches: await operations.mark(textParam(params, 'id'), body.useful, actor),
    }),
  }),
];
