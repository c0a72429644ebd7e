import type { Millis } from '../model/basic.ts';
import type { Host } from '../model/host.ts';
import type { Runbook, RunStatus } from '../model/runbook.ts';

export interface SendRequest {
  /** Also the marker on the host and the command's Comment. */
  readonly executionId: string;
  readonly runbook: Runbook;
  readonly host: Host;
  /** Values already checked against the runbook's patterns; the runner checks them again. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The script refuses to begin later than this. */
  readonly notAfter: Millis;
}

/**
 * Sends one command once and tells what became of it. `send` is never retried inside. It resolves with the command id when
 * the command was accepted. It throws `refused` when nothing can have been started (bad parameter, host offline, document
 * hash differs), and `failed` when that is not known: the caller then holds the execution *unknown*.
 */
export interface RunbookRunner {
  send(request: SendRequest): Promise<{ readonly commandId: string }>;
  /** `pending` also for a command that is not visible yet. `absent` `runner.command` for an id never given out. */
  status(commandId: string, hostId: string): Promise<RunStatus>;
  /** Looks for a command by its execution id; null is no proof that it was not sent. */
  find(executionId: string, runbook: string, since: Millis): Promise<string | null>;
  cancel(commandId: string): Promise<void>;
  /**
   * Why `send` would refuse this host whatever its state, for a person to read; null where it would not. Asks nothing outside.
   * Absent where that cannot be told, as in a backtest, which may run on another machine: then it is no reason to refuse.
   */
  reaches?(host: Host): Promise<string | null>;
}
