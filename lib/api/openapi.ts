import * as z from 'zod/mini';
import { webhookPayload } from '../intake/payload.ts';
import { csvQuery, detectBody } from './detectRequest.ts';
import type { Route } from './route.ts';
import { routes } from './routes.ts';
import { errorBody } from './schemas.ts';

type Json = Record<string, unknown>;
export type Description = Readonly<Json>;

const TEXTS = { type: 'object', additionalProperties: { type: 'string' } };

function schemaOf(type: z.ZodMiniType, io: 'input' | 'output' = 'input'): Json {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(type, {
    io,
    unrepresentable: 'any',
    // The one schema that is checked by hand is that of labels and annotations.
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type === 'custom') Object.assign(jsonSchema, TEXTS);
    },
  });
  return schema;
}

const json = (schema: Json): Json => ({ 'application/json': { schema } });
const failure = (description: string): Json => ({ description, content: json({ $ref: '#/components/schemas/Error' }) });
const FAILURES: Json = {
  '400': failure('Something in the request is wrong; the error names the field and what was expected'),
  '401': failure('A token is needed, or this one opens nothing'),
  '403': failure("The token's role does not suffice, or Host or Origin is not ours"),
  '404': failure('There is no such thing'),
  '409': failure('Understood and refused, or somebody else was first'),
  '502': failure('A dependency could not be asked'),
  '503': failure('Under pressure; nothing was changed. See Retry-After'),
};

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', maxLength: 256 },
  }));
}

function queryParameters(query: z.ZodMiniType | undefined): Json[] {
  if (query === undefined) return [];
  // As it comes out: a number in a query is text only on the way in.
  const { properties = {} } = schemaOf(query, 'output') as { properties?: Record<string, Json> };
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: false, schema }));
}

function operationId(route: Pick<Route, 'method' | 'path'>): string {
  const words = route.path
    .replace(/^\/api/, '')
    .split(/[/:]+/)
    .filter(Boolean);
  return [route.method, ...words.map((word) => word.charAt(0).toUpperCase() + word.slice(1))].join('');
}

function operationOf(route: Route): Json {
  const parameters = [...pathParameters(route.path), ...queryParameters(route.query)];
  return {
    operationId: operationId(route),
    tags: [route.tag],
    summary: route.summary,
    description: `Role: ${route.role}.`,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.body === undefined ? {} : { requestBody: { content: json(schemaOf(route.body)) } }),
    responses: { '200': { description: 'Done', content: json(schemaOf(route.answer)) }, ...FAILURES },
    security: route.method === 'get' ? [{}, { token: [] }] : [{ token: [] }],
  };
}

const text = (description: string, type: string): Json => ({
  description,
  content: { [type]: { schema: { type: 'string' } } },
});
const plain = (summary: string, answer: Json, tag = 'service'): Json => ({
  get: { tags: [tag], summary, responses: { '200': answer } },
});
const callback = (summary: string, type: string): Json => ({
  post: {
    tags: ['callbacks'],
    summary,
    requestBody: { content: { [type]: { schema: { type: type === 'application/json' ? 'object' : 'string' } } } },
    responses: { '200': { description: 'Heard' }, '401': failure('Not signed as it should be') },
  },
});

const DETECTED: Json = {
  type: 'object',
  properties: {
    ignoredColumns: {
      description: 'Columns of a CSV that were passed over: not series, timestamp or value. Only where there are some',
      type: 'array',
      items: { type: 'string' },
    },
  },
};

/** What is no resource: doors for machines, each with its own key. */
function doors(): Json {
  return {
    '/webhooks/alertmanager': {
      post: {
        tags: ['webhooks'],
        summary: "Alertmanager's webhook, version 4: durable before it answers",
        requestBody: { required: true, content: json(schemaOf(webhookPayload)) },
        responses: {
          '200': { description: 'Stored', content: json(schemaOf(z.object({ accepted: z.int() }))) },
          '400': FAILURES['400'],
          '401': FAILURES['401'],
          '413': failure('The body is too large'),
          '503': FAILURES['503'],
        },
        security: [{}, { intake: [] }],
      },
    },
    '/callbacks/slack': callback('Signed button presses of Slack', 'application/x-www-form-urlencoded'),
    '/callbacks/pagerduty': callback('Signed webhooks of PagerDuty', 'application/json'),
    '/health': plain('Each dependency in detail', { description: 'Health', content: json({ type: 'object' }) }),
    '/ready': plain('Whether signals can be taken', { description: 'Ready', content: json({ type: 'object' }) }),
    '/metrics': plain('For Prometheus', text('Metrics', 'text/plain')),
    '/metrics/watches': plain('Scores and bands of watched series, for Prometheus', text('Metrics', 'text/plain')),
    '/api/anomalies/detect': {
      post: {
        tags: ['watches'],
        summary: 'Score a query, samples, CSV or the sample: anomalies, reasons, plots',
        description:
          'The parameters in the address are those of a CSV; JSON has them in its body, and is refused with them.',
        parameters: queryParameters(csvQuery),
        requestBody: {
          required: true,
          content: { ...json(schemaOf(detectBody)), 'text/csv': { schema: { type: 'string' } } },
        },
        responses: { '200': { description: 'Scored', content: json(DETECTED) }, ...FAILURES },
        security: [{}, { token: [] }],
      },
    },
    '/api/blobs/{key}': {
      get: {
        tags: ['incidents'],
        summary: 'Output of an execution or samples of a series, by the key that the incident names (with slashes)',
        parameters: pathParameters('/:key'),
        responses: { '200': text('The bytes', 'text/plain'), '404': FAILURES['404'] },
      },
    },
  };
}

/** OpenAPI 3.1, made of the schemas that check the requests. Where it is served is said when it is asked for. */
export function openApi(): Description {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operationOf(route) };
  }
  const bearer = (description: string): Json => ({ type: 'http', scheme: 'bearer', description });
  return {
    openapi: '3.1.0',
    info: { title: 'Nightshift', version: '1', license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths: { ...doors(), ...paths },
    components: {
      schemas: { Error: schemaOf(errorBody) },
      securitySchemes: {
        token: bearer('A named token with a role: viewer, operator, approver or admin'),
        intake: bearer('The token of the webhook, which opens nothing else'),
      },
    },
  };
}
