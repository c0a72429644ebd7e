import * as z from 'zod/mini';
import { zoneExists } from '../scoring/zone.ts';
import { type Route, route, textParam } from './route.ts';
import { millis, name, nullable, words } from './schemas.ts';

const once = z
  .strictObject({ from: millis, until: millis })
  .check(z.refine(({ from, until }) => until > from, { error: 'an end after the beginning', path: ['until'] }));

const DAY = 24 * 3_600_000;
const weekly = z.strictObject({
  days: z
    .array(z.int().check(z.minimum(1), z.maximum(7)), { error: 'days of the week, 1 (Monday) to 7' })
    .check(z.minLength(1), z.maxLength(7)),
  at: z.string().check(z.regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'a local time such as 22:30' })),
  zone: z.string().check(z.maxLength(64), z.refine(zoneExists, { error: 'an IANA zone such as Europe/Berlin' })),
  lasts: z
    .int()
    .check(z.minimum(60_000, { error: 'a minute or more' }), z.maximum(7 * DAY, { error: 'a week or less' })),
});
const scope = z.strictObject({
  cluster: z._default(nullable(name), null),
  host: z._default(nullable(name), null),
  service: z._default(nullable(name), null),
});
const kind = z.enum(['maintenance', 'freeze'], { error: 'maintenance or freeze' });
const when = z.union([once, weekly], {
  error: '{from, until} in milliseconds since the epoch, or {days, at, zone, lasts} with an IANA zone',
});
const request = z.strictObject({
  kind,
  when,
  scope: z._default(scope, { cluster: null, host: null, service: null }),
  reason: words,
});
const record = z.object({ id: z.string(), kind, when, scope, reason: z.string(), by: z.string() });
const tag = 'windows';

export const windowRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/windows',
    tag,
    summary: 'Maintenance and freeze windows',
    role: 'viewer',
    answer: z.object({ items: z.array(record) }),
    handle: async (_call, operations) => ({ items: await operations.windows() }),
  }),
  route({
    method: 'post',
    path: '/api/windows',
    tag,
    summary: 'Add a window: maintenance (alerts expected, nothing runs) or freeze (nothing that changes state runs)',
    role: 'operator',
    body: request,
    answer: record,
    handle: ({ body, actor }, operations) => operations.addWindow(body, actor),
  }),
  // As with the stop: fewer windows let more run.
  route({
    method: 'delete',
    path: '/api/windows/:id',
    tag,
    summary: 'Remove a window',
    role: 'approver',
    body: z.strictObject({}),
    answer: z.object({ removed: z.string() }),
    handle: async ({ params, actor }, operations) => {
      const id = textParam(params, 'id');
      await operations.removeWindow(id, actor);
      return { removed: id };
    },
  }),
];
