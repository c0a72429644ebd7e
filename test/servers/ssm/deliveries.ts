import { setTimeout as pause } from 'node:timers/promises';
import { carryOut, type Order, type Report, stop } from './agent.ts';
import { type Command, hasEnded, type Invocation, statusOf } from './commands.ts';
import type { Fault, Faults } from './faults.ts';
import type { Hosts, KnownHost } from './hosts.ts';

/** As EventBridge brings it. */
export interface StatusEvent {
  readonly source: 'aws.ssm';
  readonly 'detail-type': 'EC2 Command Invocation Status-change Notification';
  readonly time: string;
  readonly resources: readonly string[];
  readonly detail: {
    readonly 'command-id': string;
    readonly 'document-name': string;
    readonly 'instance-id': string;
    readonly 'requested-date-time': string;
    readonly status: string;
  };
}

export interface DeliveriesOptions {
  readonly hosts: Hosts;
  readonly faults: Faults;
  readonly onEvent: (event: StatusEvent) => void;
  /** The service's clock. */
  readonly now: () => number;
  /** Ends all waiting. */
  readonly closed: AbortSignal;
}

const LOOK = 20;
/** How long a duplicate or a command out of order waits where the fault does not say. */
const A_WHILE = 200;

export interface Deliveries {
  taken(command: Command): void;
  cancelled(command: Command, invocation: Invocation): void;
}

/** Brings commands to their hosts, each after what stands in its way, and keeps what the agents report. */
export function deliveries(options: DeliveriesOptions): Deliveries {
  /** How many commands each host is done with. */
  const done = new Map<string, number>();

  const change = (command: Command, instanceId: string, next: Partial<Invocation>, faults: readonly Fault[]) => {
    const before = command.invocations.get(instanceId);
    if (before === undefined || hasEnded(before)) return;
    const after = { ...before, ...next };
    command.invocations.set(instanceId, after);
    if (before.detail === after.detail || has(faults, 'lost-event')) return;
    const times = has(faults, 'repeated-event') ? 2 : 1;
    for (let time = 0; time < times; time += 1) options.onEvent(eventOf(command, after));
  };

  const deliver = async (command: Command, host: KnownHost, faults: readonly Fault[]) => {
    const { instanceId } = host;
    const waiting = () => command.invocations.get(instanceId)?.detail === 'Pending' && !options.closed.aborted;
    const before = done.get(instanceId) ?? 0;
    const from = Date.now() + (msOf(faults, 'late') ?? 0);
    const heldUntil = Date.now() + (msOf(faults, 'reorder') ?? 0);
    const blocked = () =>
      has(faults, 'undelivered') ||
      options.hosts.get(instanceId)?.pingStatus !== 'Online' ||
      Date.now() < from ||
      (Date.now() < heldUntil && (done.get(instanceId) ?? 0) === before);
    while (waiting() && blocked() && options.now() < command.expiresAt) await pause(LOOK);
    if (!waiting()) return;
    if (blocked()) {
      change(command, instanceId, { detail: 'DeliveryTimedOut' }, faults);
      return;
    }
    const ordered = (delivery: number): Order => ({
      delivery: { executionId: command.comment, instanceId, commandId: command.id, delivery },
      document: command.document,
      parameters: command.parameters,
      host: options.hosts.get(instanceId) ?? host,
    });
    const report = (said: Report) => {
      if (!has(faults, 'mute') || said.detail === 'InProgress') change(command, instanceId, said, faults);
    };
    const first = ordered(1);
    command.orders.push(first);
    const again = has(faults, 'duplicate')
      ? pause(msOf(faults, 'duplicate') ?? 0).then(() => carryOut(ordered(2), () => undefined, options.closed))
      : undefined;
    await Promise.all([carryOut(first, report, options.closed), again]);
    done.set(instanceId, (done.get(instanceId) ?? 0) + 1);
  };

  return {
    taken(command) {
      const instanceIds = [...command.invocations.keys()];
      const faults = options.faults.command({ instanceIds, comment: command.comment });
      command.visibleAt = command.requestedAt + (msOf(faults, 'invisible') ?? 0);
      for (const id of instanceIds) {
        const host = options.hosts.get(id);
        if (host !== undefined) void deliver(command, host, faults);
      }
    },
    cancelled(command, invocation) {
      const { instanceId, detail } = invocation;
      if (detail === 'Pending' && !command.orders.some(({ host }) => host.instanceId === instanceId)) {
        change(command, instanceId, { detail: 'Cancelled' }, []);
        return;
      }
      change(command, instanceId, { detail: 'Cancelling' }, []);
      for (const order of command.orders) if (order.host.instanceId === instanceId) stop(order);
    },
  };
}

const has = (faults: readonly Fault[], kind: Fault['kind']) => faults.some((fault) => fault.kind === kind);

function msOf(faults: readonly Fault[], kind: Fault['kind']): number | undefined {
  const fault = faults.find((one) => one.kind === kind);
  return fault === undefined ? undefined : (fault.ms ?? A_WHILE);
}

const eventOf = (command: Command, { instanceId, detail }: Invocation): StatusEvent => ({
  source: 'aws.ssm',
  'detail-type': 'EC2 Command Invocation Status-change Notification',
  time: new Date().toISOString(),
  resources: [`arn:aws:ec2:eu-central-1:000000000000:instance/${instanceId}`],
  detail: {
    'command-id': command.id,
    'document-name': command.document.name,
    'instance-id': instanceId,
    'requested-date-time': new Date(command.requestedAt).toISOString(),
    status: statusOf(detail),
  },
});
