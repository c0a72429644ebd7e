import * as z from 'zod/mini';
import { zoneExists } from '../scoring/zone.ts';
import { MAX_BODY, MAX_STATES } from './limits.ts';
import { type Route, route, textParam } from './route.ts';
import { nullable } from './schemas.ts';

const text = z.string();
const watched = z.object({
  id: text,
  title: text,
  expr: text,
  unit: text,
  kind: z.optional(z.enum(['gauge', 'counter'])),
  direction: z.enum(['high', 'low', 'both']),
  maxFalseAlarmsPerWeek: z.number(),
  tell: z.enum(['all', 'new']),
  series: z.int(),
  alarms: z.int(),
  lastAlarm: nullable(z.number()),
  scoredUpTo: nullable(z.number()),
  problem: nullable(text),
  useful: z.int(),
  useless: z.int(),
  precision: nullable(z.number()),
  earlier: z.int(),
  suggestion: nullable(text),
});
const tag = 'watches';
const ZONE = 'an IANA name such as Europe/Berlin';
const learned = z.strictObject({
  series: text.check(z.minLength(1, { error: 'the name of a series' })),
  last: z.number({ error: 'Unix seconds' }).check(z.nonnegative({ error: 'Unix seconds' })),
  kind: z.enum(['gauge', 'counter'], { error: 'gauge or counter: the --kind it was learned with' }),
  tz: z.string({ error: `${ZONE}: the --tz it was learned with` }).check(z.refine(zoneExists, { error: ZONE })),
  tell: z._default(z.enum(['all', 'new'], { error: 'all or new: the --tell it was learned with' }), 'all'),
  state: text.check(z.regex(/^[A-Za-z0-9+/]+={0,2}$/, { error: 'base64' })),
});

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
  route({
    method: 'post',
    path: '/api/watches/:id/states',
    tag,
    summary: `Give a watch what was learned of its series from an archive, so that it starts ready; what is not taken is named. At most ${MAX_STATES} states and ${MAX_BODY} bytes at once`,
    role: 'operator',
    body: z.strictObject({
      states: z.array(learned).check(z.minLength(1), z.maxLength(MAX_STATES, { error: `at most ${MAX_STATES}` })),
    }),
    answer: z.object({ taken: z.int(), left: z.array(z.object({ series: text, why: text })) }),
    handle: async ({ params, body, actor }, operations) =>
      operations.warm(
        textParam(params, 'id'),
        body.states.map((one) => ({ ...one, state: Buffer.from(one.state, 'base64') })),
        actor,
      ),
  }),
];
