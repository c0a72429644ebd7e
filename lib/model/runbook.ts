import type { Duration } from './basic.ts';

export interface RunbookParameter {
  readonly name: string;
  readonly type: 'String' | 'StringList' | 'Integer' | 'Boolean';
  readonly description: string;
  /** Anchored RE2, `^…$`. */
  readonly allowedPattern: string | null;
  readonly allowedValues: readonly string[] | null;
  readonly default: string | null;
}

/** An SSM Command document in the one form that is allowed, checked, with its content hash. */
export interface Runbook {
  readonly name: string;
  readonly pack: string;
  readonly description: string;
  /** `read` changes nothing on the host; response level 3 runs only those. */
  readonly effect: 'read' | 'change';
  readonly parameters: readonly RunbookParameter[];
  /** The script's lines joined with \n, bash, beginning with `#!/bin/bash`. */
  readonly script: string;
  /** Seconds the script may run, 5–172800. */
  readonly timeoutSeconds: number;
  /** sha256 of the canonical document, hex. */
  readonly hash: string;
  /** The whole document, schemaVersion 2.2, as it is sent to SSM. */
  readonly document: unknown;
  /** Estimate of a person's time one run saves, for the toil ledger. */
  readonly minutesSaved: number;
}

export interface RunbookOutput {
  readonly stdout: string;
  readonly stderr: string;
  readonly truncated: boolean;
}

/** What the host says of one execution. `pending` is not known there yet or still running. */
export type RunStatus =
  | { readonly state: 'pending' }
  | { readonly state: 'running'; readonly startedAt: number | null }
  | {
      readonly state: 'succeeded' | 'failed' | 'timed-out' | 'cancelled' | 'undeliverable';
      readonly exitCode: number | null;
      readonly startedAt: number | null;
      readonly endedAt: number;
      readonly output: RunbookOutput;
    };

export type CommandTimeout = Duration;
