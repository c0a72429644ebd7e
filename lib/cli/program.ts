import type { Command } from 'commander';
import type { Output } from './output.ts';

/** What every group of commands is given: where to write, asked for late because `--json` is read by then. */
export interface Program {
  readonly root: Command;
  readonly output: () => Output;
  /** Takes the exit code of the command that ran. */
  readonly done: (code: Promise<number>) => Promise<void>;
}
