/** What goes wrong with one answer: `-after` is after the effect, everything else before it, with nothing done. */
export type ReplyFault =
  | 'throttle'
  | 'error'
  | 'reset'
  | 'hang'
  | 'error-after'
  | 'throttle-after'
  | 'reset-after'
  | 'hang-after';

/**
 * What goes wrong with one command that was taken: `duplicate` runs it a second time, `reorder` holds it until another one is
 * done, `late` holds it for `ms`, `undelivered` never brings it to the host, `mute` runs it and never reports, `invisible`
 * hides it from every question for `ms`, `lost-event` and `repeated-event` are about its status events.
 */
export type CommandFault =
  | 'duplicate'
  | 'reorder'
  | 'late'
  | 'undelivered'
  | 'mute'
  | 'invisible'
  | 'lost-event'
  | 'repeated-event';

const REPLY: readonly string[] = [
  'throttle',
  'error',
  'reset',
  'hang',
  'error-after',
  'throttle-after',
  'reset-after',
  'hang-after',
] satisfies ReplyFault[];
const COMMAND: readonly string[] = [
  'duplicate',
  'reorder',
  'late',
  'undelivered',
  'mute',
  'invisible',
  'lost-event',
  'repeated-event',
] satisfies CommandFault[];

export interface Fault {
  readonly kind: ReplyFault | CommandFault;
  /** SendCommand where it is not told. */
  readonly operation?: string;
  /** How many calls or commands meet it; once where it is not told. */
  readonly times?: number;
  /** Only commands for this host. */
  readonly instanceId?: string;
  /** Only commands with this Comment. */
  readonly comment?: string;
  /** For `late` and `invisible`, and how long `duplicate` and `reorder` wait; milliseconds. */
  readonly ms?: number;
}

export interface Faults {
  /** Throws where a fault is not one. */
  add(...faults: Fault[]): void;
  clear(): void;
  /** What is still to happen. */
  readonly waiting: readonly Fault[];
  reply(operation: string, about: About): ReplyFault | null;
  command(about: About): readonly Fault[];
}
interface About {
  readonly instanceIds?: readonly string[];
  readonly comment?: string;
}

export function faultsOf(): Faults {
  let waiting: { fault: Fault; left: number }[] = [];
  const take = (fits: (fault: Fault) => boolean): Fault | null => {
    const found = waiting.find(({ fault }) => fits(fault));
    if (found === undefined) return null;
    found.left -= 1;
    waiting = waiting.filter(({ left }) => left > 0);
    return found.fault;
  };
  return {
    add(...faults) {
      for (const fault of faults) {
        if (![...REPLY, ...COMMAND].includes(fault.kind)) throw new Error(`no such fault: ${String(fault.kind)}`);
        waiting.push({ fault, left: fault.times ?? 1 });
      }
    },
    clear() {
      waiting = [];
    },
    get waiting() {
      return waiting.map(({ fault, left }) => ({ ...fault, times: left }));
    },
    reply(operation, about) {
      const at = ({ operation: of = 'SendCommand' }: Fault) => of === operation;
      const found = take((fault) => REPLY.includes(fault.kind) && at(fault) && concerns(fault, about));
      return (found?.kind ?? null) as ReplyFault | null;
    },
    command(about) {
      const kinds = COMMAND.map((kind) => take((fault) => fault.kind === kind && concerns(fault, about)));
      return kinds.filter((fault) => fault !== null);
    },
  };
}

const concerns = ({ instanceId, comment }: Fault, about: About) =>
  (instanceId === undefined || about.instanceIds?.includes(instanceId) === true) &&
  (comment === undefined || about.comment === comment);
