import type { Millis } from '../../lib/model/basic.ts';
import { absent, failed, refused } from '../../lib/model/errors.ts';
import type { Host } from '../../lib/model/host.ts';
import type { RunbookRunner, SendRequest } from '../../lib/ports/runner.ts';

/** What a host does with the next command it is sent, and with every one after it. */
export interface Behaviour {
  /**
   * `accepts`; `refuses` before anything was begun; `lost`: the answer never came and neither did the command; `unsure`: the
   * command came and its answer was lost; `dies-before`, `dies-after`: Nightshift is killed on either side of the arrival.
   */
  readonly sending: 'accepts' | 'refuses' | 'lost' | 'unsure' | 'dies-before' | 'dies-after';
  /** How long the script runs, ms; infinite: it never says how it ended. */
  readonly takes: number;
  readonly exitCode: number;
  /** Whether the gauge is good after a script that ended well. */
  readonly cures: boolean;
  /** Whether the command is found again by its execution's id. */
  readonly findable: boolean;
}
export const CURES: Behaviour = { sending: 'accepts', takes: 4_000, exitCode: 0, cures: true, findable: true };

export interface Arrival {
  readonly executionId: string;
  readonly host: string;
  readonly runbook: string;
  readonly at: Millis;
  readonly endsAt: Millis;
  readonly exitCode: number;
  readonly cures: boolean;
  settled: boolean;
}

interface Around {
  readonly now: () => Millis;
  /** A script ended well and mended its host. */
  readonly mended: (host: string) => void;
  /** Nightshift is killed at this moment. */
  readonly kill: () => void;
  readonly arrived: (arrival: Arrival) => Promise<void>;
}

/** Hosts that do as they are told to by a test, where the real runner's would not misbehave. */
export class ScriptedHosts {
  readonly runner: RunbookRunner;
  readonly arrivals: Arrival[] = [];
  /** Sends that were asked for, whether or not they arrived. */
  readonly sends: string[] = [];
  private readonly behaviours = new Map<string, Behaviour>();
  private readonly around: Around;

  constructor(around: Around) {
    this.around = around;
    this.runner = {
      send: (request) => this.send(request),
      status: async (commandId) => this.status(commandId),
      find: async (executionId) => {
        const found = this.arrivals.find((one) => one.executionId === executionId);
        return found !== undefined && this.of(found.host).findable ? executionId : null;
      },
      cancel: async () => undefined,
    };
  }

  does(host: string, behaviour: Partial<Behaviour>): void {
    this.behaviours.set(host, { ...CURES, ...behaviour });
  }

  /** Scripts whose time is over have their effect, in the order in which they end. */
  settle(): void {
    const over = this.arrivals.filter(({ endsAt, settled }) => !settled && endsAt <= this.around.now());
    for (const one of over) {
      one.settled = true;
      if (one.cures && one.exitCode === 0) this.around.mended(one.host);
    }
  }

  private of(host: string): Behaviour {
    return this.behaviours.get(host) ?? CURES;
  }

  private async send({ executionId, host, runbook }: SendRequest): Promise<{ commandId: string }> {
    const { sending, takes, exitCode, cures } = this.of(host.id);
    this.sends.push(executionId);
    if (sending === 'refuses') throw refused('runner.offline', `${host.id} takes nothing`);
    if (sending === 'lost') throw failed('runner.unanswered', 'no answer');
    if (sending === 'dies-before') return this.killed(host);
    const at = this.around.now();
    const arrival: Arrival = {
      executionId,
      host: host.id,
      runbook: runbook.name,
      at,
      endsAt: at + takes,
      exitCode,
      cures,
      settled: false,
    };
    this.arrivals.push(arrival);
    await this.around.arrived(arrival);
    if (sending === 'unsure') throw failed('runner.unanswered', 'no answer');
    return sending === 'dies-after' ? this.killed(host) : { commandId: executionId };
  }

  /** What was awaited when the process died is never heard of again; its successor finds a host that behaves. */
  private killed(host: Host): Promise<never> {
    this.does(host.id, { ...this.of(host.id), sending: 'accepts' });
    this.around.kill();
    return new Promise(() => undefined);
  }

  private status(commandId: string): Awaited<ReturnType<RunbookRunner['status']>> {
    const found = this.arrivals.find(({ executionId }) => executionId === commandId);
    if (found === undefined) throw absent('runner.command', `no command ${commandId}`);
    const { at, endsAt, exitCode } = found;
    if (endsAt > this.around.now()) return { state: 'running', startedAt: at };
    const output = { stdout: 'done\n', stderr: '', truncated: false };
    return { state: exitCode === 0 ? 'succeeded' : 'failed', exitCode, startedAt: at, endedAt: endsAt, output };
  }
}
