import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import { timeIdsOf } from '../../lib/adapters/embedded/clock.ts';
import { createEmbedded, type Embedded } from '../../lib/composition/embedded.ts';
import { createPost, type Post } from '../../lib/loop/deliver.ts';
import type { Deps } from '../../lib/loop/deps.ts';
import type { Operations } from '../../lib/loop/operations.ts';
import { minute, sweep } from '../../lib/loop/sweep.ts';
import type { Actor, Millis } from '../../lib/model/basic.ts';
import type { Host } from '../../lib/model/host.ts';
import type { ExecutionView, Incident, PlanView } from '../../lib/model/incident.ts';
import type { ExecutionState } from '../../lib/model/plan.ts';
import { AlertSource, type AlertText } from './alerts.ts';
import { bundleOf, policy } from './catalogue.ts';
import { ScriptedHosts } from './hosts.ts';
import { Interference } from './interference.ts';
import type { WorldOptions } from './options.ts';
import { People } from './people.ts';
import { VirtualPrometheus } from './prometheus.ts';
import { hostCalled, SETTINGS } from './scene.ts';
import { MINUTE, SECOND, T0 } from './time.ts';

export const ADA: Actor = { name: 'ada', via: 'cli' };

const LIVE: readonly ExecutionState[] = ['intent', 'sending', 'sent', 'unknown'];

/**
 * The loop over the real store in virtual time, with Alertmanager, Prometheus, hosts and people that a test plays. Nothing
 * happens by itself: work is done by `work` and `advance`, which find it as the sweep does.
 */
export class World {
  now: Millis;
  inventory: Host[];
  readonly prometheus: VirtualPrometheus;
  readonly hosts: ScriptedHosts;
  readonly people: People;
  readonly alerts: AlertSource;
  readonly interference = new Interference();
  /** What was logged as an error. */
  readonly errors: string[] = [];
  private readonly options: WorldOptions;
  private readonly folder: string;
  private embedded: Embedded | null = null;
  private post: Post | null = null;
  private nextMinute: Millis;
  private killed = false;
  private die: () => void = () => undefined;

  private constructor(folder: string, options: WorldOptions) {
    this.options = options;
    this.folder = folder;
    this.now = options.now ?? T0;
    this.nextMinute = this.now + MINUTE;
    const clock = () => this.now;
    const names = Array.from({ length: options.hosts ?? 1 }, (_, index) => `h${index + 1}`);
    this.inventory = names.map(hostCalled);
    this.prometheus = new VirtualPrometheus(clock, names);
    this.people = new People(clock);
    this.alerts = new AlertSource(clock);
    this.hosts = new ScriptedHosts({
      now: clock,
      mended: (host) => this.prometheus.set(host, 1),
      kill: () => this.kill(),
      arrived: async (arrival) => this.onArrival(arrival),
    });
  }

  /** Called for each command that reaches a host. */
  onArrival: (arrival: ScriptedHosts['arrivals'][number]) => Promise<void> | void = () => undefined;

  static async open(options: WorldOptions = {}): Promise<World> {
    const world = new World(await mkdtemp(join(tmpdir(), 'nightshift-world-')), options);
    await world.start();
    return world;
  }

  async close(): Promise<void> {
    await this.embedded?.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The process ends and another opens the same folder. */
  async restart(): Promise<void> {
    await this.embedded?.stop();
    await this.start();
  }

  get deps(): Deps {
    if (this.embedded === null) throw new Error('the world is not open');
    return this.embedded.deps;
  }
  get operations(): Operations {
    if (this.embedded === null) throw new Error('the world is not open');
    return this.embedded.operations;
  }

  private async start(): Promise<void> {
    const { policies = [policy()], settings } = this.options;
    this.embedded = await createEmbedded({
      settings: { ...SETTINGS, ...settings, dataFolder: this.folder },
      bundle: bundleOf(...policies),
      inventoryFile: null,
      version: 'test',
      log: {
        info: () => undefined,
        warn: () => undefined,
        error: (message, fields) => void this.errors.push(`${message} ${JSON.stringify(fields)}`),
      },
      wrap: (deps) => this.played(deps),
    });
    this.post = createPost(this.deps);
    this.killed = false;
  }

  private played(deps: Deps): Deps {
    const clock = { now: () => this.now };
    const { stores } = this.options;
    const played: Deps = {
      ...deps,
      ...stores,
      clock,
      ids: timeIdsOf(clock),
      ledger: this.interference.watched(stores?.ledger ?? deps.ledger),
      inventory: { hosts: async () => this.inventory },
      runner: this.hosts.runner,
      metrics: this.prometheus.port,
      alertmanager: this.options.asksAlertmanager === true ? this.alerts.port : null,
      http: this.people.port,
      timers: { wakeAt: () => undefined },
      random: () => 0,
    };
    return this.options.wrap?.(played) ?? played;
  }

  private kill(): void {
    this.killed = true;
    this.die();
  }

  /** Everything that can be done at this moment. A process that is killed meanwhile is followed by another. */
  async work(): Promise<void> {
    for (let round = 0; round < 50; round += 1) {
      const before = this.interference.appended;
      const dead = new Promise<'dead'>((resolve) => {
        this.die = () => resolve('dead');
      });
      await Promise.race([this.round(), dead]);
      if (this.killed) await this.restart();
      else if (this.interference.appended === before) return;
    }
    throw new Error('the world does not come to rest');
  }

  private async round(): Promise<void> {
    const { post } = this;
    if (post === null) throw new Error('the world is not open');
    this.hosts.settle();
    while ((await sweep(this.deps, post)).more);
    await post.idle();
  }

  /** Time passes, and what becomes due in it is done when it does; each minute the minute's work. */
  async advance(length: number): Promise<void> {
    const end = this.now + length;
    await this.work();
    while (this.now < end) {
      const due = (await this.deps.ledger.nextDue()) ?? end;
      this.now = Math.min(end, this.nextMinute, Math.max(due, this.now + SECOND));
      this.hosts.settle();
      if (this.now >= this.nextMinute) {
        this.nextMinute += MINUTE;
        await minute(this.deps);
      }
      await this.work();
    }
  }

  /** Alertmanager sends one webhook; resolves when it was answered. */
  async webhook(...alerts: readonly AlertText[]): Promise<void> {
    const { signals, truncated } = this.alerts.webhook(alerts, this.deps.ids);
    await this.operations.hear(signals, truncated);
  }

  /** The service on a host goes bad, Alertmanager tells of it, and what follows at once is done. */
  async breaks(host: string, labels: Readonly<Record<string, string>> = {}): Promise<void> {
    this.prometheus.set(host, 0);
    await this.webhook(this.alerts.fires(host, labels));
    await this.work();
  }

  async incidents(): Promise<readonly Incident[]> {
    const { items } = await this.operations.incidents({ limit: 500 });
    const all = await Promise.all(items.map(({ id }) => this.operations.incident(id)));
    return all.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** The one incident there is. */
  async incident(): Promise<Incident> {
    const [one, ...others] = await this.incidents();
    if (one === undefined || others.length > 0) throw new Error(`there are ${others.length + (one ? 1 : 0)} incidents`);
    return one;
  }

  /** The last plan of the one incident. */
  async plan(): Promise<PlanView> {
    const plan = (await this.incident()).plans.at(-1);
    if (plan === undefined) throw new Error('there is no plan');
    return plan;
  }

  async executions(): Promise<readonly ExecutionView[]> {
    return (await this.incidents()).flatMap(({ plans }) => plans.flatMap(({ executions }) => executions));
  }

  async liveExecutions(): Promise<readonly ExecutionView[]> {
    return (await this.executions()).filter(({ state }) => LIVE.includes(state));
  }

  /** Rules that refused in the last decision of the one incident. */
  async refusedBy(): Promise<readonly string[]> {
    const decision = (await this.incident()).decisions.at(-1);
    const against = decision?.reasons.filter(({ verdict, rule }) => verdict === 'refuse' && rule !== 'outcome') ?? [];
    return against.map(({ rule }) => rule);
  }

  /** Purposes of what a channel was told, in order. */
  heardBy(channel: string): readonly string[] {
    return this.people.told.filter((one) => one.channel === channel).map(({ purpose }) => purpose);
  }
}

/** Opens worlds that are closed after each test. */
export function worlds(): (options?: WorldOptions) => Promise<World> {
  const opened: World[] = [];
  afterEach(async () => {
    for (const world of opened.splice(0)) await world.close();
  });
  return async (options) => {
    const world = await World.open(options);
    opened.push(world);
    return world;
  };
}
