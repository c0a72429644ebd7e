import * as z from 'zod/mini';
import { type Route, route, textParam } from './route.ts';
import * as schemas from './schemas.ts';

/** What was seen is what is approved: the hash covers runbook, parameters, hosts and order. */
const planHash = z.string().check(z.regex(/^[\w:=+/-]{1,200}$/, { error: "the plan's hash as the incident shows it" }));
const tag = 'plans';

export const planRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/api/incidents/:id/plans/:plan/approve',
    tag,
    summary: 'Approve a plan exactly as it was shown',
    role: 'approver',
    body: z.strictObject({ planHash }),
    answer: schemas.incident,
    handle: ({ params, body, actor }, operations) =>
      operations.approve(textParam(params, 'id'), textParam(params, 'plan'), body.planHash, actor),
  }),
  route({
    method: 'post',
    path: '/api/incidents/:id/plans/:plan/reject',
    tag,
    summary: 'Reject a plan',
    role: 'approver',
    body: z.strictObject({ planHash, reason: schemas.words }),
    answer: schemas.incident,
    handle: ({ params, body, actor }, operations) =>
      operations.reject(textParam(params, 'id'), textParam(params, 'plan'), body.planHash, body.reason, actor),
  }),
];
