import * as z from 'zod/mini';
import { invalid } from '../model/errors.ts';
import type { IncidentState } from '../model/incident.ts';
import type { IncidentFilter } from '../ports/ledger.ts';
import { type Route, route, textParam } from './route.ts';
import * as schemas from './schemas.ts';
import { explain } from './why.ts';

const filter = z.strictObject({
  state: z.optional(z.string()),
  host: z.optional(schemas.name),
  service: z.optional(schemas.name),
  cluster: z.optional(schemas.name),
  severity: z.optional(schemas.severity),
  limit: z._default(
    z.coerce
      .number({ error: 'a number' })
      .check(
        z.int({ error: 'a whole number' }),
        z.minimum(1, { error: '1 or more' }),
        z.maximum(500, { error: '500 or less' }),
      ),
    50,
  ),
  cursor: z.optional(
    z.string().check(z.regex(/^[\w.~:=+/|-]{1,512}$/, { error: 'what the page before answered as next' })),
  ),
});

/** `state=open,acknowledged` */
function statesOf(list: string): IncidentState[] {
  return list.split(',').map((one) => {
    const state = schemas.incidentState.safeParse(one);
    if (state.success) return state.data;
    const expected = 'open, acknowledged, escalated, resolved or closed, separated by commas';
    throw invalid('api.query', `'${one.slice(0, 40)}' is no state of an incident.`, { field: 'state', expected });
  });
}

function filterOf(query: z.infer<typeof filter>): IncidentFilter {
  const { state, host, service, cluster, severity, limit, cursor } = query;
  return {
    limit,
    ...(state === undefined ? {} : { state: statesOf(state) }),
    ...(host === undefined ? {} : { host }),
    ...(service === undefined ? {} : { service }),
    ...(cluster === undefined ? {} : { cluster }),
    ...(severity === undefined ? {} : { severity }),
    ...(cursor === undefined ? {} : { cursor }),
  };
}

const why = z.object({
  id: z.string(),
  state: schemas.incidentState,
  plain: z.array(z.string()),
  decisions: z.array(schemas.decision),
  plans: z.array(schemas.planView),
});
const because = z.strictObject({ reason: schemas.words });
const tag = 'incidents';
const idOf = (params: Readonly<Record<string, string>>) => textParam(params, 'id');

export const incidentRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/incidents',
    tag,
    summary: 'Incidents, newest first, filtered and in pages',
    role: 'viewer',
    query: filter,
    answer: z.object({ items: z.array(schemas.incidentSummary), next: schemas.nullable(z.string()) }),
    handle: ({ query }, operations) => operations.incidents(filterOf(query)),
  }),
  route({
    method: 'get',
    path: '/api/incidents/:id',
    tag,
    summary: 'One incident with its evidence, decisions, plans and executions',
    role: 'viewer',
    answer: schemas.incident,
    handle: ({ params }, operations) => operations.incident(idOf(params)),
  }),
  route({
    method: 'get',
    path: '/api/incidents/:id/timeline',
    tag,
    summary: 'Every event of an incident, as it is in the audit log',
    role: 'viewer',
    answer: z.object({ items: z.array(schemas.storedEvent) }),
    handle: async ({ params }, operations) => ({ items: await operations.timeline(idOf(params)) }),
  }),
  route({
    method: 'get',
    path: '/api/incidents/:id/why',
    tag,
    summary: 'Why something ran or did not: each decision with the answer of every rule',
    role: 'viewer',
    answer: why,
    handle: async ({ params }, operations) => {
      const incident = await operations.incident(idOf(params));
      const { id, state, decisions, plans } = incident;
      return { id, state, plain: explain(incident), decisions, plans };
    },
  }),
  route({
    method: 'post',
    path: '/api/incidents/:id/acknowledge',
    tag,
    summary: 'Say that you look after it: stops the escalation clock',
    role: 'operator',
    body: z.strictObject({}),
    answer: schemas.incident,
    handle: ({ params, actor }, operations) => operations.acknowledge(idOf(params), actor),
  }),
  route({
    method: 'post',
    path: '/api/incidents/:id/comment',
    tag,
    summary: 'Add words to the timeline',
    role: 'operator',
    body: z.strictObject({ text: schemas.words }),
    answer: schemas.incident,
    handle: ({ params, body, actor }, operations) => operations.comment(idOf(params), body.text, actor),
  }),
  route({
    method: 'post',
    path: '/api/incidents/:id/close',
    tag,
    summary: 'Close an incident for good',
    role: 'operator',
    body: because,
    answer: schemas.incident,
    handle: ({ params, body, actor }, operations) => operations.close(idOf(params), body.reason, actor),
  }),
  route({
    method: 'post',
    path: '/api/incidents/:id/reopen',
    tag,
    summary: 'Open it again',
    role: 'operator',
    body: because,
    answer: schemas.incident,
    handle: ({ params, body, actor }, operations) => operations.reopen(idOf(params), body.reason, actor),
  }),
];
