import * as z from 'zod/mini';
import { zoneExists } from '../scoring/zone.ts';
import { duration, line, positive } from './fields.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const port = z.int().check(z.minimum(0), z.maximum(65_535));
const count = z.int().check(z.minimum(1));
/** No credentials in it: they would be in every log and page that shows the address. */
const url = z
  .string()
  .check(
    z.regex(/^https?:\/\/[^\s/?#@]+(?:\/[^\s?#]*)?$/, 'must be http://… or https://… without user, query and fragment'),
  );
const redisUrl = z
  .string()
  .check(z.regex(/^rediss?:\/\/[^\s/?#@]+(?:\/[0-9]{1,2})?$/, 'must be redis://host:port or rediss://… without user'));
const secret = line;
const names = z
  .array(z.string().check(z.regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'must be the name of a label')))
  .check(z.minLength(1));
const severity = z.enum(['critical', 'warning', 'info', 'unknown']);
const label = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, 'must be letters, digits, _ . and -'));

const upstream = (timeout: number) => z.optional(z.strictObject({ url, timeout: z._default(positive, timeout) }));

const channel = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('slack'),
    url: z._default(url, 'https://slack.com/api'),
    token: secret,
    channel: line,
    signingSecret: secret,
  }),
  z.strictObject({
    kind: z.literal('pagerduty'),
    url: z._default(url, 'https://events.pagerduty.com'),
    routingKey: secret,
    webhookSecret: secret,
  }),
  z.strictObject({ kind: z.literal('email'), from: line, to: z.array(line).check(z.minLength(1)) }),
  z.strictObject({ kind: z.literal('webhook'), url, token: z._default(z.string(), '') }),
]);

const rate = z.number().check(z.positive(), z.maximum(1_000));
const tell = z.enum(['all', 'new']);
const zone = z.string().check(z.refine(zoneExists, 'must be an IANA time zone, for example Europe/Berlin'));

/** A PromQL of the operator's own; its series are scored like those of the packs. */
const watch = z.strictObject({
  name: label,
  title: z.optional(line),
  expr: line,
  unit: z._default(z.string(), ''),
  kind: z._default(z.enum(['gauge', 'counter']), 'gauge'),
  direction: z._default(z.enum(['high', 'low', 'both']), 'both'),
  maxFalseAlarmsPerWeek: z.optional(rate),
  tell: z.optional(tell),
});

const section = <Shape extends z.core.$ZodShape>(shape: Shape) => z.prefault(z.strictObject(shape), {} as never);

/** nightshift.yaml: every field may be left out; what is there must be right. */
export const settingsFile = z.strictObject({
  listen: section({ host: z._default(line, '127.0.0.1'), port: z._default(port, 9099) }),
  url: z.optional(url),
  dataFolder: z._default(line, './data'),
  prometheus: upstream(5 * SECOND),
  alertmanager: upstream(5 * SECOND),
  smtp: z.optional(
    z.strictObject({
      host: line,
      port: z._default(port, 587),
      user: z._default(z.nullable(line), null),
      password: z._default(z.nullable(secret), null),
    }),
  ),
  cache: z.optional(z.strictObject({ url: redisUrl, password: z._default(z.nullable(secret), null) })),
  labels: section({
    cluster: z._default(names, ['cluster']),
    host: z._default(names, ['instance_id', 'host']),
    service: z._default(names, ['service', 'job']),
    team: z._default(names, ['team']),
    severity: z._default(names, ['severity']),
    responseLevel: z._default(names, ['response_level']),
  }),
  correlation: section({ window: z._default(positive, 10 * MINUTE) }),
  pageHold: z._default(duration, 5 * MINUTE),
  intake: section({
    tokens: z._default(z.array(secret).check(z.maxLength(2, 'a pair is enough to rotate')), []),
    maxBytes: z._default(count, 6_291_456),
    maxAlerts: z._default(count, 10_000),
    maxWaiting: z._default(count, 100_000),
  }),
  heartbeat: section({
    alertname: z._default(line, 'Watchdog'),
    missedAfter: z._default(positive, 3 * MINUTE),
    channels: z._default(z.array(line), []),
  }),
  sweep: section({ every: z._default(positive, SECOND), reconcileEvery: z._default(positive, MINUTE) }),
  runner: section({ delivery: z._default(positive, MINUTE), poll: z._default(positive, SECOND) }),
  diagnosis: section({
    past: z._default(positive, 3 * HOUR),
    recent: z._default(positive, 5 * MINUTE),
    step: z._default(positive, 15 * SECOND),
    maxSeries: z._default(count, 50),
    timeout: z._default(positive, 5 * SECOND),
  }),
  watch: section({
    packs: z._default(z.union([z.literal('all', 'must be all, or a list of packs'), z.array(label)]), 'all'),
    step: z._default(positive, MINUTE),
    delay: z._default(duration, 30 * SECOND),
    past: z._default(positive, 24 * HOUR),
    maxSeries: z._default(count, 1_000),
    shards: z._default(count.check(z.maximum(100)), 1),
    maxFalseAlarmsPerWeek: z._default(rate, 1),
    tell: z._default(tell, 'all'),
    timeZone: z._default(zone, 'UTC'),
    together: z._default(positive, 10 * MINUTE),
    indicators: z._default(z.record(label, z.strictObject({ maxFalseAlarmsPerWeek: rate })), {}),
    own: z._default(z.array(watch), []),
  }),
  channels: z._default(z.record(label, channel), {}),
  routes: z._default(
    z.array(
      z.strictObject({
        match: z._default(z.string(), ''),
        severity: z._default(z.array(severity), []),
        team: z._default(z.string(), ''),
        channels: z.array(line).check(z.minLength(1)),
        fallback: z._default(z.array(line), []),
      }),
    ),
    [],
  ),
  escalation: z._default(
    z.record(label, z.array(z.strictObject({ after: positive, channels: z.array(line).check(z.minLength(1)) }))),
    {},
  ),
  answerWithin: section({
    critical: z._default(positive, 5 * MINUTE),
    warning: z._default(positive, 2 * HOUR),
    info: z._default(positive, 24 * HOUR),
    unknown: z._default(positive, 5 * MINUTE),
  }),
  closeAfter: z._default(duration, 10 * MINUTE),
  audit: section({ key: z._default(z.nullable(secret), null) }),
  retention: z._default(
    duration.check(z.refine((length) => length >= 24 * HOUR, 'must be at least 1d: a late repetition must be known')),
    30 * 24 * HOUR,
  ),
  externalLabels: z._default(z.record(z.string(), z.string()), {}),
});
export type SettingsInput = z.output<typeof settingsFile>;
