import * as z from 'zod/mini';
import type { Runbook } from '../model/runbook.ts';
import { type Route, route } from './route.ts';
import { autonomy, nullable, verificationSpec } from './schemas.ts';

const text = z.string();
const policy = z.looseObject({
  name: text,
  pack: text,
  match: z.array(z.object({ label: text, op: z.enum(['=', '!=', '=~', '!~']), value: text })),
  runbooks: z.array(z.looseObject({ name: text })),
  autonomy,
  autonomyByCluster: z.record(text, autonomy),
  verification: verificationSpec,
  guards: z.looseObject({}),
  file: text,
});
const parameter = z.object({
  name: text,
  type: z.enum(['String', 'StringList', 'Integer', 'Boolean']),
  description: text,
  allowedPattern: nullable(text),
  allowedValues: nullable(z.array(text)),
  default: nullable(text),
});
const runbook = z.object({
  name: text,
  pack: text,
  description: text,
  effect: z.enum(['read', 'change']),
  parameters: z.array(parameter),
  script: text,
  timeoutSeconds: z.number(),
  hash: text,
  minutesSaved: z.number(),
});

/** Without the document: the script in it is all there is to read. */
function shown({ document: _document, ...rest }: Runbook): Omit<Runbook, 'document'> {
  return rest;
}
const tag = 'catalogue';

export const catalogueRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/policies',
    tag,
    summary: 'The policies of the active bundle',
    role: 'viewer',
    answer: z.object({ bundleHash: text, items: z.array(policy) }),
    handle: async (_call, operations) => {
      const bundle = await operations.bundle();
      return { bundleHash: bundle.hash, items: bundle.policies };
    },
  }),
  route({
    method: 'get',
    path: '/api/runbooks',
    tag,
    summary: 'The runbooks of the active bundle',
    role: 'viewer',
    answer: z.object({ bundleHash: text, items: z.array(runbook) }),
    handle: async (_call, operations) => {
      const bundle = await operations.bundle();
      return { bundleHash: bundle.hash, items: Object.values(bundle.runbooks).map(shown) };
    },
  }),
];
