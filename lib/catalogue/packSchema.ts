import * as z from 'zod/mini';
import { duration, line, name, severity } from './fields.ts';

const scrape = z.strictObject({
  job: line,
  port: z.int().check(z.minimum(1), z.maximum(65_535)),
  path: z._default(line, '/metrics'),
});

const indicator = z.strictObject({
  id: name,
  title: line,
  expr: line,
  unit: z.string(),
  direction: z.enum(['high', 'low', 'both']),
  normal: line,
});

const coverage = z.union([
  z.strictObject({ alert: line, policy: name }),
  z.strictObject({ alert: line, automation: z.literal('none'), reason: line }),
]);

/** pack.yaml. One technology may be scraped at several ports: `scrape` is one job or a list of them. */
export const packFile = z.strictObject({
  name,
  title: line,
  services: z._default(z.array(line), []),
  scrape: z._default(z.union([scrape, z.array(scrape)]), []),
  indicators: z._default(z.array(indicator), []),
  coverage: z._default(z.array(coverage), []),
});
export type PackInput = z.output<typeof packFile>;

const alert = z.strictObject({
  alert: z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a name of letters, digits and _')),
  expr: z.string().check(z.minLength(1)),
  for: z._default(duration, 0),
  keep_firing_for: z.optional(duration),
  labels: z.looseObject({ severity, response_level: z.enum(['1', '2', '3'], 'must be "1", "2" or "3", in quotes') }),
  annotations: z.looseObject({ summary: line, description: line, runbook_url: line }),
});
const recording = z.strictObject({
  record: line,
  expr: z.string().check(z.minLength(1)),
  labels: z.optional(z.record(z.string(), z.string())),
});

/** rules.yaml: Prometheus' own rule file, in which every alert carries what routing and people need. */
export const rulesFile = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: line,
      interval: z.optional(duration),
      limit: z.optional(z.int()),
      query_offset: z.optional(duration),
      labels: z.optional(z.record(z.string(), z.string())),
      rules: z.array(z.union([alert, recording])),
    }),
  ),
});
export type AlertInput = z.output<typeof alert>;

/** rules.test.yaml: promtool checks it; here only what it says of which alert is read. */
export const testsFile = z.looseObject({
  tests: z.array(
    z.looseObject({
      alert_rule_test: z._default(
        z.array(z.looseObject({ alertname: line, exp_alerts: z._default(z.array(z.unknown()), []) })),
        [],
      ),
    }),
  ),
});

/** runbooks/<name>.meta.yaml */
export const metaFile = z.strictObject({
  effect: z.enum(['read', 'change']),
  minutesSaved: z.number().check(z.minimum(0), z.maximum(10_000)),
});
