import * as z from 'zod/mini';
import { parseRfc3339 } from '../language/time.ts';
import type { Labels, Millis } from '../model/basic.ts';
import { invalid } from '../model/errors.ts';
import type { Signal } from '../model/signal.ts';
import type { Ids } from '../ports/edges.ts';
import { fieldPath } from './alertmanager.ts';

export interface CloudEventContext {
  readonly receivedAt: Millis;
  readonly ids: Pick<Ids, 'next'>;
}

const metricStat = z.object({
  metric: z.object({
    namespace: z.optional(z.string()),
    name: z.optional(z.string()),
    dimensions: z.optional(z.record(z.string(), z.string())),
  }),
});
const alarm = z.object({
  'detail-type': z.literal('CloudWatch Alarm State Change'),
  region: z.string(),
  resources: z.array(z.string()).check(z.minLength(1)),
  detail: z.object({
    alarmName: z.string().check(z.minLength(1)),
    state: z.object({ value: z.string(), reason: z.optional(z.string()), timestamp: z.optional(z.string()) }),
    configuration: z.optional(
      z.object({
        description: z.optional(z.string()),
        metrics: z.optional(z.array(z.object({ metricStat: z.optional(metricStat) }))),
      }),
    ),
  }),
});
const instanceState = z.object({
  'detail-type': z.literal('EC2 Instance State-change Notification'),
  region: z.string(),
  time: z.string(),
  detail: z.object({ 'instance-id': z.string().check(z.minLength(1)), state: z.string() }),
});
const cloudEvent = z.discriminatedUnion('detail-type', [alarm, instanceState]);

/** Stopped it is missed; terminated it is gone on purpose, and so is the trouble with it. */
const DOWN = ['stopping', 'stopped'];
const OVER = ['running', 'shutting-down', 'terminated'];
const SEVERITY = /\b(critical|warning|info)\b/i;

/**
 * A CloudWatch alarm or an EC2 state change, as EventBridge delivers them → a signal; null for a state that says nothing (an
 * alarm without data, an instance that is pending). An alarm's severity is the first of critical, warning and info in its
 * description, else warning. Throws `input` `intake.event` with the path of the first wrong field.
 */
export function parseCloudEvent(event: unknown, context: CloudEventContext): Signal | null {
  const parsed = cloudEvent.safeParse(event);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const field = fieldPath(issue?.path ?? []);
    throw invalid('intake.event', `${field} is not what was expected: ${issue?.message}.`, {
      field,
      expected: 'a CloudWatch alarm state change or an EC2 instance state change',
    });
  }
  return parsed.data['detail-type'] === 'CloudWatch Alarm State Change'
    ? ofAlarm(parsed.data, context)
    : ofInstance(parsed.data, context);
}

function ofAlarm({ detail, region, resources }: z.infer<typeof alarm>, context: CloudEventContext): Signal | null {
  const { alarmName, state, configuration } = detail;
  if (state.value !== 'ALARM' && state.value !== 'OK') return null;
  const metric = configuration?.metrics?.find((one) => one.metricStat !== undefined)?.metricStat?.metric;
  const { InstanceId: instance, FunctionName: called, QueueName: queue } = metric?.dimensions ?? {};
  const description = configuration?.description ?? '';
  return signalOf(context, {
    fingerprint: `cloudwatch:${resources[0]}`,
    firing: state.value === 'ALARM',
    at: parseRfc3339((state.timestamp ?? '').replace(/\+0000$/, 'Z')) ?? context.receivedAt,
    labels: {
      alertname: alarmName,
      severity: SEVERITY.exec(description)?.[1]?.toLowerCase() ?? 'warning',
      region,
      ...(instance !== undefined && { instance_id: instance }),
      ...(called !== undefined && { function_name: called }),
      ...(queue !== undefined && { queue_name: queue }),
      ...(metric?.namespace !== undefined && { namespace: metric.namespace }),
    },
    annotations: { summary: state.reason ?? '', description },
  });
}

function ofInstance(
  { detail, region, time }: z.infer<typeof instanceState>,
  context: CloudEventContext,
): Signal | null {
  const { state } = detail;
  const down = DOWN.includes(state);
  if (!down && !OVER.includes(state)) return null;
  const id = detail['instance-id'];
  return signalOf(context, {
    fingerprint: `ec2:${id}`,
    firing: down,
    at: parseRfc3339(time) ?? context.receivedAt,
    labels: { alertname: 'HostDown', severity: 'critical', region, instance_id: id },
    annotations: { summary: `EC2 instance ${id} is ${state}` },
  });
}

interface Heard {
  readonly fingerprint: string;
  readonly firing: boolean;
  readonly at: Millis;
  readonly labels: Labels;
  readonly annotations: Labels;
}

function signalOf(
  { ids, receivedAt }: CloudEventContext,
  { fingerprint, firing, at, labels, annotations }: Heard,
): Signal {
  return {
    id: ids.next('sig'),
    source: 'cloudwatch',
    receivedAt,
    fingerprint,
    status: firing ? 'firing' : 'resolved',
    startsAt: at,
    endsAt: firing ? null : at,
    labels,
    annotations,
    generatorURL: null,
  };
}
