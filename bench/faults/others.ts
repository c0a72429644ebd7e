import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { madeUp } from './time.ts';

interface Share {
  /** Unix milliseconds. */
  readonly at: number;
  readonly processors: number;
}
/** With more than so many processors others are a disturbance that no label tells of. */
const MOST_OF_OTHERS = 1;
const ROOT = '/sys/fs/cgroup/cpuacct';

/** How much of the machine others took, who have nothing to do with this: the processors' time that is not ours. */
export class Others {
  readonly #group: string | null;
  readonly #shares: Share[] = [];
  #before = { time: performance.now(), busy: 0, own: 0 };

  constructor() {
    this.#group = groupOf(`${ROOT}/nightshift-faults-${process.pid}`);
    this.#before = this.#read();
  }

  #read() {
    const own = this.#group === null ? 0 : Number(readFileSync(`${this.#group}/cpuacct.usage`, 'utf8')) / 1e9;
    const [user = 0, nice = 0, system = 0, , , irq = 0, soft = 0] = (
      readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? ''
    )
      .split(/\s+/)
      .slice(1)
      .map(Number);
    return { time: performance.now(), busy: (user + nice + system + irq + soft) / 100, own };
  }
  /** Processors that others used since the last call. */
  measure(): void {
    if (this.#group === null) return;
    const now = this.#read();
    const seconds = (now.time - this.#before.time) / 1_000;
    const processors = Math.max(0, (now.busy - this.#before.busy - (now.own - this.#before.own)) / seconds);
    this.#shares.push({ at: Date.now(), processors });
    this.#before = now;
  }
  get shares(): readonly Share[] {
    return this.#shares;
  }
  /** As CSV: the seconds in which others took more than one processor, in made-up time; `begin` in Unix milliseconds. */
  disturbed(begin: number): string {
    const spans = this.#shares
      .filter(({ processors }) => processors > MOST_OF_OTHERS)
      .map(({ at }) => `${madeUp(at - 1_000 - begin)},${madeUp(at - begin)}\n`);
    return `begin,end\n${spans.join('')}`;
  }
  /** What still runs of ours goes back to the group of all. */
  stop(): void {
    if (this.#group === null) return;
    for (let pids = this.#pids; pids.length > 0; pids = this.#pids) for (const pid of pids) move(pid, ROOT);
    rmdirSync(this.#group);
  }
  get #pids(): readonly string[] {
    return readFileSync(`${this.#group}/cgroup.procs`, 'utf8').split('\n').filter(Boolean);
  }
}

function move(pid: string, group: string): void {
  try {
    writeFileSync(`${group}/cgroup.procs`, pid);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ESRCH') throw error;
  }
}

/** Null where the machine has no such groups, or none for us. */
function groupOf(folder: string): string | null {
  try {
    mkdirSync(folder);
    writeFileSync(`${folder}/cgroup.procs`, `${process.pid}`);
    return folder;
  } catch {
    return null;
  }
}
