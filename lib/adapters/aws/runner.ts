import { createHash } from 'node:crypto';
import {
  CancelCommandCommand,
  type Command,
  GetCommandInvocationCommand,
  type GetCommandInvocationCommandOutput,
  ListCommandsCommand,
  SendCommandCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { dispatchParameters } from '../../language/parameters.ts';
import type { Duration } from '../../model/basic.ts';
import { canonicalJson } from '../../model/canonical.ts';
import { absent, failed, isNightshiftError, refused } from '../../model/errors.ts';
import type { RunStatus } from '../../model/runbook.ts';
import type { Clock } from '../../ports/edges.ts';
import type { RunbookRunner, SendRequest } from '../../ports/runner.ts';
import { STDERR_LIMIT, STDOUT_LIMIT, tidyOutput } from '../engine/redact.ts';
import { documentName, pinnedDocuments } from './documents.ts';
import { asked, hasName, unavailable } from './errors.ts';

export interface SsmRunnerOptions {
  /** Sends. Its `maxAttempts` must be 1: the SDK's own retry was seen to deliver one call three times. */
  readonly sender: SSMClient;
  /** Asks; may retry as it likes. */
  readonly reader: SSMClient;
  /** Before a runbook's name, e.g. `nightshift-prod-`. */
  readonly documentPrefix: string;
  /** How long an instance may take to fetch the command, 30–60 s. */
  readonly delivery: Duration;
  readonly clock: Clock;
  /** Never shown in an output. */
  readonly secrets?: readonly string[];
}

/** SSM gives out ids of this form and no other. */
const COMMAND = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Runbooks by SSM Run Command: one SendCommand for one instance, its document pinned by version and hash, the execution's id as
 * its Comment. Throws `refused` where nothing can have been started (`runner.late`, `runner.offline`, `runner.hash`,
 * `runner.document`, `runner.rejected`), `failed` `runner.uncertain` where it is not known.
 */
export function ssmRunner(options: SsmRunnerOptions): RunbookRunner {
  const pinned = pinnedDocuments(options.reader, options.documentPrefix);
  return {
    async send(request) {
      refuseUnfit(request, options.clock);
      const { runbook, executionId, notAfter } = request;
      const parameters = dispatchParameters(runbook, request.parameters, executionId, notAfter);
      // Before the send and not part of it: what fails here has started nothing, but is no refusal of SSM's either.
      const document = await pinned(runbook).catch((cause: unknown) => {
        if (isNightshiftError(cause)) throw cause;
        throw refused('runner.document', 'the document could not be read back', { cause, retryable: true });
      });
      return deliver(options, request, document, parameters);
    },
    status: (commandId, hostId) => asked('runner', () => statusOf(options, commandId, hostId)),
    find: (executionId, runbook, since) => asked('runner', () => find(options, executionId, runbook, since)),
    cancel: (commandId) =>
      asked('runner', async () => {
        await options.reader.send(new CancelCommandCommand({ CommandId: known(commandId) }));
      }),
    // Whom SSM cannot reach the inventory tells, as the host's state.
    reaches: async () => null,
  };
}

function known(commandId: string): string {
  if (COMMAND.test(commandId)) return commandId;
  throw absent('runner.command', `SSM gives out no command ${JSON.stringify(commandId)}`);
}

function refuseUnfit({ host, runbook, notAfter }: SendRequest, clock: Clock): void {
  // Not `now < notAfter` is also true of NaN.
  if (!(clock.now() < notAfter)) {
    throw refused('runner.late', 'the time to begin is over', { field: 'notAfter' });
  }
  if (host.state !== 'online') {
    const why = host.labels.nightshift_unreachable ?? host.state;
    throw refused('runner.offline', `host ${host.id} cannot be reached: ${why}`, { field: 'host.state' });
  }
  const hash = createHash('sha256').update(canonicalJson(runbook.document)).digest('hex');
  if (hash === runbook.hash) return;
  throw refused('runner.hash', `runbook ${runbook.name} is not what was approved`, {
    field: 'runbook.hash',
    expected: hash,
  });
}

async function deliver(
  { sender, delivery }: SsmRunnerOptions,
  { executionId, host }: SendRequest,
  document: { readonly name: string; readonly version: string; readonly hash: string },
  parameters: Readonly<Record<string, string>>,
): Promise<{ commandId: string }> {
  try {
    const { Command: sent } = await sender.send(
      new SendCommandCommand({
        DocumentName: document.name,
        DocumentVersion: document.version,
        DocumentHash: document.hash,
        DocumentHashType: 'Sha256',
        InstanceIds: [host.id],
        TimeoutSeconds: Math.round(Math.min(Math.max(delivery, 30_000), 60_000) / 1000),
        Comment: executionId,
        Parameters: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]])),
      }),
    );
    if (sent?.CommandId !== undefined) return { commandId: sent.CommandId };
    throw failed('runner.uncertain', 'SSM answered without a command id');
  } catch (cause) {
    throw sendError(cause);
  }
}

/** Only an answer that blames the caller says that nothing was started; one that only ran out of time (408) does not. */
function sendError(cause: unknown) {
  if (isNightshiftError(cause)) return cause;
  const { $fault, $metadata, name, message } = cause as {
    $fault?: string;
    $metadata?: { httpStatusCode?: number };
    name?: string;
    message?: string;
  };
  const status = $metadata?.httpStatusCode ?? 0;
  const said = `${name ?? 'error'}: ${message ?? String(cause)}`;
  if ($fault === 'client' && status >= 400 && status < 500 && status !== 408) {
    return refused('runner.rejected', `SSM refused the command: ${said}`, { cause });
  }
  return failed('runner.uncertain', `it is not known whether SSM took the command: ${said}`, { cause });
}

async function statusOf(
  { reader, clock, secrets = [] }: SsmRunnerOptions,
  commandId: string,
  hostId: string,
): Promise<RunStatus> {
  try {
    const answer = await reader.send(
      new GetCommandInvocationCommand({ CommandId: known(commandId), InstanceId: hostId }),
    );
    return runStatus(answer, secrets, clock.now());
  } catch (cause) {
    // Accepted, and not visible yet.
    if (hasName(cause, 'InvocationDoesNotExist')) return { state: 'pending' };
    throw unavailable('runner', cause);
  }
}

type EndState = Extract<RunStatus, { exitCode: number | null }>['state'];

/** By SSM's detailed status, which alone tells a script that timed out from a command that was never delivered. */
const ENDED: Readonly<Record<string, EndState>> = {
  Success: 'succeeded',
  Failed: 'failed',
  Cancelled: 'cancelled',
  'Execution Timed Out': 'timed-out',
  ExecutionTimedOut: 'timed-out',
  TimedOut: 'timed-out',
  'Delivery Timed Out': 'undeliverable',
  DeliveryTimedOut: 'undeliverable',
  Undeliverable: 'undeliverable',
  'Access Denied': 'undeliverable',
  AccessDenied: 'undeliverable',
  Terminated: 'undeliverable',
  'Invalid Platform': 'undeliverable',
  InvalidPlatform: 'undeliverable',
};

/** `now` dates what SSM does not: a command that was never delivered has no times. */
function runStatus(answer: GetCommandInvocationCommandOutput, secrets: readonly string[], now: number): RunStatus {
  const startedAt = timeOf(answer.ExecutionStartDateTime);
  const detail = answer.StatusDetails ?? answer.Status ?? '';
  const state = ENDED[detail];
  if (state === undefined) {
    return detail === 'InProgress' || detail === 'Cancelling' ? { state: 'running', startedAt } : { state: 'pending' };
  }
  const code = answer.ResponseCode ?? -1;
  return {
    state,
    exitCode: code < 0 ? null : code,
    startedAt,
    endedAt: timeOf(answer.ExecutionEndDateTime) ?? now,
    output: tidyOutput(
      rawOutput(answer.StandardOutputContent, STDOUT_LIMIT),
      rawOutput(answer.StandardErrorContent, STDERR_LIMIT),
      secrets,
    ),
  };
}

/** The agent counts bytes, and may cut the last character in two, which then is told as three others. Older ones say so at the end. */
const rawOutput = (text = '', limit: number) => ({
  text,
  more: Buffer.byteLength(text) >= limit - 3 || text.endsWith('--output truncated--'),
});

function timeOf(text: string | undefined): number | null {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? null : time;
}

/** ListCommands cannot filter by Comment: it is paged by document and time, and read. */
async function find(
  { reader, documentPrefix }: SsmRunnerOptions,
  executionId: string,
  runbook: string,
  since: number,
): Promise<string | null> {
  let NextToken: string | undefined;
  do {
    const page = await reader.send(
      new ListCommandsCommand({
        Filters: [
          { key: 'DocumentName', value: documentName(documentPrefix, runbook) },
          { key: 'InvokedAfter', value: new Date(since).toISOString().replace(/\.\d+Z$/, 'Z') },
        ],
        MaxResults: 50,
        ...(NextToken !== undefined && { NextToken }),
      }),
    );
    const found = (page.Commands ?? []).find(({ Comment }: Command) => Comment === executionId);
    if (found?.CommandId !== undefined) return found.CommandId;
    NextToken = page.NextToken || undefined;
  } while (NextToken !== undefined);
  return null;
}
