import * as z from 'zod/mini';
import { type Route, route } from './route.ts';
import { incident, name, words } from './schemas.ts';

const value = z.string().check(z.maxLength(4096, { error: 'at most 4096 characters' }));

export const runRoutes: readonly Route[] = [
  // Whoever runs a runbook by hand approves it by that: the same role.
  route({
    method: 'post',
    path: '/api/runs',
    tag: 'runs',
    summary: 'Run a runbook by hand, through the same guards and audit: an incident of its own',
    role: 'approver',
    body: z.strictObject({
      runbook: name,
      hosts: z
        .array(name, { error: 'host ids or names' })
        .check(z.minLength(1, { error: 'one host or more' }), z.maxLength(100, { error: '100 hosts or fewer' })),
      parameters: z._default(z.record(name, value), {}),
      dryRun: z._default(z.boolean({ error: 'true or false' }), false),
      reason: words,
    }),
    answer: incident,
    handle: ({ body, actor }, operations) => operations.run(body, actor),
  }),
];
