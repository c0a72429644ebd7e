import * as z from 'zod/mini';
import { autonomy, comparison, duration, line, name, positive } from './fields.ts';

const whole = z.int().check(z.minimum(1));

const verification = z.strictObject({
  expr: line,
  is: comparison,
  stabilisation: z._default(duration, 5_000),
  within: z._default(positive, 120_000),
});

const budget = z.strictObject({
  scope: z.enum(['host', 'cluster', 'all']),
  per: z.enum(['hour', 'day']),
  max: whole,
});

/** Every default is the careful one; they are told in docs/write-a-policy.md. */
const guards = z.strictObject({
  cooldown: z._default(duration, 30 * 60_000),
  attempts: z._default(whole.check(z.maximum(10)), 1),
  budget: z._default(z.array(budget).check(z.minLength(1, 'must limit something')), [
    { scope: 'host', per: 'hour', max: 2 },
  ]),
  blastRadius: z._default(
    z.strictObject({
      hosts: z._default(whole, 1),
      percent: z._default(z.number().check(z.positive('must be more than 0'), z.maximum(100)), 25),
    }),
    { hosts: 1, percent: 25 },
  ),
  approvalDeadline: z._default(positive, 15 * 60_000),
  dryRun: z._default(z.boolean(), false),
  recurrence: z._default(duration, 6 * 3_600_000),
});

const targets = z.discriminatedUnion('from', [
  z.strictObject({ from: z.literal('alert-host') }),
  z.strictObject({ from: z.literal('service'), service: line, max: whole, last: z.optional(line) }),
]);

const policy = z.strictObject({
  name,
  match: line,
  runbooks: z
    .array(
      z.strictObject({
        name,
        parameters: z._default(
          z.record(
            z.string(),
            z.union(
              [z.string(), z.strictObject({ label: line })],
              'must be text (in quotes where it looks like a number) or {label: name}',
            ),
          ),
          {},
        ),
      }),
    )
    .check(z.minLength(1, 'must name a runbook')),
  targets: z._default(targets, { from: 'alert-host' }),
  autonomy: z._default(autonomy, 'shadow'),
  autonomyByCluster: z._default(z.record(z.string(), autonomy), {}),
  preconditions: z._default(z.array(z.strictObject({ id: name, expr: line, is: comparison, why: line })), []),
  verification,
  guards: z.prefault(guards, {}),
});

export const policyFile = z.strictObject({ policies: z._default(z.array(policy), []) });
export type PolicyInput = z.output<typeof policy>;
