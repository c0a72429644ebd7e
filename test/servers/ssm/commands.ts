import { randomUUID } from 'node:crypto';
import type { Order, Report } from './agent.ts';
import type { Documents, DocumentVersion } from './documents.ts';
import { outOfBounds, refusal } from './errors.ts';
import type { Hosts } from './hosts.ts';
import { type Input, items, optionalText, page, text, texts, valueLists, whole } from './input.ts';
import { commandParameters } from './parameters.ts';

type Detail = Report['detail'] | 'Pending' | 'Cancelling' | 'DeliveryTimedOut' | 'Undeliverable';

export interface Invocation extends Omit<Report, 'detail'> {
  readonly instanceId: string;
  readonly detail: Detail;
}
export interface Command {
  readonly id: string;
  readonly document: DocumentVersion;
  readonly comment: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly requestedAt: number;
  /** Not delivered by then, never delivered. Milliseconds. */
  readonly expiresAt: number;
  readonly timeoutSeconds: number;
  /** Nothing is told of it before. Milliseconds. */
  visibleAt: number;
  readonly invocations: Map<string, Invocation>;
  readonly orders: Order[];
}

export interface CommandsOptions {
  readonly documents: Documents;
  readonly hosts: Hosts;
  readonly now: () => number;
  readonly pageSize: number;
  /** The command was taken: it is time to bring it to its hosts. */
  readonly taken: (command: Command) => void;
  readonly cancelled: (command: Command, invocation: Invocation) => void;
}

const COMMAND = /^[0-9a-f-]{36}$/;
const INSTANCE = /^(?:i-(?:[0-9a-f]{8}|[0-9a-f]{17})|mi-[0-9a-f]{17})$/;
const ENDED: readonly Detail[] = [
  'Success',
  'Failed',
  'Cancelled',
  'ExecutionTimedOut',
  'DeliveryTimedOut',
  'Undeliverable',
];
export const hasEnded = ({ detail }: Invocation): boolean => ENDED.includes(detail);

/** SSM's coarse status; only the detail tells a script that timed out from a command that was not delivered. */
export function statusOf(detail: Detail): string {
  if (detail === 'ExecutionTimedOut' || detail === 'DeliveryTimedOut') return 'TimedOut';
  return detail === 'Undeliverable' ? 'Failed' : detail;
}

export interface Commands {
  readonly all: readonly Command[];
  readonly operations: Readonly<Record<string, (input: Input) => unknown>>;
}

export function ssmCommands(options: CommandsOptions): Commands {
  const all: Command[] = [];
  const visible = () => all.filter(({ visibleAt }) => visibleAt <= options.now()).toReversed();
  const known = (input: Input) => {
    const id = text(input, 'CommandId', { pattern: COMMAND });
    return visible().find((command) => command.id === id);
  };
  return {
    all,
    operations: {
      SendCommand(input) {
        const command = accept(input, options);
        all.push(command);
        options.taken(command);
        return { Command: shown(command) };
      },
      CancelCommand(input) {
        const command = known(input);
        if (command === undefined) throw refusal('InvalidCommandId', 'The specified command ID is not valid.');
        const only = texts(input, 'InstanceIds', 50) ?? [];
        for (const invocation of command.invocations.values()) {
          if (only.length === 0 || only.includes(invocation.instanceId)) options.cancelled(command, invocation);
        }
        return {};
      },
      GetCommandInvocation(input) {
        const command = known(input);
        const invocation = command?.invocations.get(text(input, 'InstanceId', { pattern: INSTANCE }));
        if (command === undefined || invocation === undefined) throw refusal('InvocationDoesNotExist', '');
        const plugin = optionalText(input, 'PluginName');
        if (plugin !== undefined && plugin !== pluginOf(command)) throw refusal('InvalidPluginName', '');
        return invocationOf(command, invocation);
      },
      ListCommands(input) {
        const id = optionalText(input, 'CommandId', { pattern: COMMAND });
        const found = visible()
          .filter((command) => id === undefined || command.id === id)
          .filter((command) => items(input, 'Filters').every((filter) => matches(command, filter)));
        if (id !== undefined && found.length === 0) throw refusal('InvalidCommandId', 'There is no such command.');
        const { items: Commands, ...next } = page(input, found, options.pageSize);
        return { Commands: Commands.map(shown), ...next };
      },
      ListCommandInvocations(input) {
        const id = optionalText(input, 'CommandId', { pattern: COMMAND });
        const host = optionalText(input, 'InstanceId', { pattern: INSTANCE });
        const found = visible()
          .filter((command) => id === undefined || command.id === id)
          .filter((command) => items(input, 'Filters').every((filter) => matches(command, filter)))
          .flatMap((command) => [...command.invocations.values()].map((one) => ({ command, one })))
          .filter(({ one }) => host === undefined || one.instanceId === host);
        const { items: listed, ...next } = page(input, found, options.pageSize);
        return {
          CommandInvocations: listed.map(({ command, one }) => listedOf(command, one, input.Details === true)),
          ...next,
        };
      },
    },
  };
}

function accept(input: Input, { documents, hosts, now }: CommandsOptions): Command {
  const name = text(input, 'DocumentName', { pattern: /^[a-zA-Z0-9_\-.:/]{3,128}$/ });
  const wanted = optionalText(input, 'DocumentVersion', { pattern: /^(?:\$LATEST|\$DEFAULT|[1-9][0-9]*)$/ });
  const instanceIds = texts(input, 'InstanceIds', 50, INSTANCE) ?? [];
  const comment = optionalText(input, 'Comment', { max: 100 }) ?? '';
  const timeoutSeconds = whole(input, 'TimeoutSeconds', 30, 2_592_000) ?? 3600;
  const hashType = optionalText(input, 'DocumentHashType', { oneOf: ['Sha256', 'Sha1'] });
  const hash = optionalText(input, 'DocumentHash', { max: 256 });
  const given = valueLists(input, 'Parameters');
  if (input.Targets !== undefined) throw refusal('ValidationException', 'This host takes InstanceIds and no Targets.');
  if (instanceIds.length === 0) throw outOfBounds('instanceIds', [], 'Member must have length greater than 0');
  const document = documents.version(name, wanted);
  if (hash !== undefined && (hashType === 'Sha1' || hash !== document.hash)) {
    throw refusal('InvalidDocument', `The hash of document ${name} version ${document.version} is another.`);
  }
  if (new Set(instanceIds).size < instanceIds.length) throw refusal('DuplicateInstanceId', '');
  const strangers = instanceIds.filter((id) => hosts.get(id) === undefined);
  if (strangers.length > 0) {
    throw refusal('InvalidInstanceId', `Instances [[${strangers.join(', ')}]] not in a valid state for account`);
  }
  const requestedAt = now();
  return {
    id: randomUUID(),
    document,
    comment,
    parameters: commandParameters(document, given),
    requestedAt,
    expiresAt: requestedAt + timeoutSeconds * 1000,
    timeoutSeconds,
    visibleAt: 0,
    invocations: new Map(instanceIds.map((instanceId) => [instanceId, { instanceId, ...FRESH }])),
    orders: [],
  };
}

const FRESH = { detail: 'Pending', code: -1, startedAt: null, endedAt: null, stdout: '', stderr: '' } as const;

/** The worst of its hosts' is the command's. */
function overall({ invocations }: Command): Detail {
  const details = [...invocations.values()].map(({ detail }) => detail);
  const order: readonly Detail[] = [
    'InProgress',
    'Cancelling',
    'Pending',
    'Failed',
    'Undeliverable',
    'ExecutionTimedOut',
    'DeliveryTimedOut',
    'Cancelled',
  ];
  return order.find((detail) => details.includes(detail)) ?? 'Success';
}

function shown(command: Command) {
  const invocations = [...command.invocations.values()];
  const count = (...of: Detail[]) => invocations.filter(({ detail }) => of.includes(detail)).length;
  const detail = overall(command);
  return {
    CommandId: command.id,
    DocumentName: command.document.name,
    DocumentVersion: command.document.version,
    Comment: command.comment,
    ExpiresAfter: command.expiresAt / 1000,
    Parameters: Object.fromEntries(Object.entries(command.parameters).map(([name, value]) => [name, [value]])),
    InstanceIds: invocations.map(({ instanceId }) => instanceId),
    Targets: [],
    RequestedDateTime: command.requestedAt / 1000,
    Status: statusOf(detail),
    StatusDetails: detail,
    OutputS3BucketName: '',
    OutputS3KeyPrefix: '',
    MaxConcurrency: '50',
    MaxErrors: '0',
    TargetCount: invocations.length,
    CompletedCount: invocations.filter(hasEnded).length,
    ErrorCount: count('Failed', 'ExecutionTimedOut', 'Undeliverable'),
    DeliveryTimedOutCount: count('DeliveryTimedOut'),
    TimeoutSeconds: command.timeoutSeconds,
  };
}

function pluginOf({ document }: Command): string {
  const [step] = document.document.mainSteps as readonly { readonly name?: string }[];
  return step?.name ?? '';
}

const iso = (time: number | null) => (time === null ? '' : new Date(time).toISOString());

function invocationOf(command: Command, invocation: Invocation) {
  const { detail, code, startedAt, endedAt, stdout, stderr, instanceId } = invocation;
  const elapsed = startedAt === null || endedAt === null ? '' : `PT${(endedAt - startedAt) / 1000}S`;
  return {
    CommandId: command.id,
    InstanceId: instanceId,
    Comment: command.comment,
    DocumentName: command.document.name,
    DocumentVersion: command.document.version,
    PluginName: pluginOf(command),
    ResponseCode: code,
    ExecutionStartDateTime: iso(startedAt),
    ExecutionElapsedTime: elapsed,
    ExecutionEndDateTime: iso(endedAt),
    Status: statusOf(detail),
    StatusDetails: detail,
    StandardOutputContent: stdout,
    StandardOutputUrl: '',
    StandardErrorContent: stderr,
    StandardErrorUrl: '',
    CloudWatchOutputConfig: { CloudWatchLogGroupName: '', CloudWatchOutputEnabled: false },
  };
}

function listedOf(command: Command, invocation: Invocation, details: boolean) {
  const { detail, code, startedAt, endedAt, stdout, stderr, instanceId } = invocation;
  const times = {
    ...(startedAt !== null && { ResponseStartDateTime: startedAt / 1000 }),
    ...(endedAt !== null && { ResponseFinishDateTime: endedAt / 1000 }),
  };
  const said = `${stdout}${stderr === '' ? '' : `\n----------ERROR-------\n${stderr}`}`;
  const plugin = {
    Name: pluginOf(command),
    Status: statusOf(detail),
    StatusDetails: detail,
    ResponseCode: code,
    Output: said.slice(0, 2500),
    ...times,
  };
  return {
    CommandId: command.id,
    InstanceId: instanceId,
    InstanceName: '',
    Comment: command.comment,
    DocumentName: command.document.name,
    DocumentVersion: command.document.version,
    RequestedDateTime: command.requestedAt / 1000,
    Status: statusOf(detail),
    StatusDetails: detail,
    CommandPlugins: details ? [plugin] : [],
  };
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

function matches(command: Command, filter: Input): boolean {
  const key = text(filter, 'key', {
    oneOf: ['InvokedAfter', 'InvokedBefore', 'Status', 'ExecutionStage', 'DocumentName'],
  });
  const value = text(filter, 'value');
  if (key === 'DocumentName') return command.document.name === value;
  if (key === 'Status') return statusOf(overall(command)) === value;
  if (key === 'ExecutionStage')
    return (value === 'Complete') === ![...command.invocations.values()].some((one) => !hasEnded(one));
  if (!TIME.test(value)) throw outOfBounds('filters', value, 'Member must be a time like 2021-07-07T00:00:00Z');
  const at = Date.parse(value);
  return key === 'InvokedAfter' ? command.requestedAt >= at : command.requestedAt < at;
}
