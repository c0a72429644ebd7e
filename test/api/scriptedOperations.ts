import { summaryOf } from '../../lib/loop/change.ts';
import { type DetectRequest, detect } from '../../lib/loop/detect.ts';
import type { Health, ManualRun, Operations } from '../../lib/loop/operations.ts';
import type { Learned, Warmed } from '../../lib/loop/warm.ts';
import type { Said, Watched } from '../../lib/loop/watched.ts';
import type { Actor, Millis } from '../../lib/model/basic.ts';
import { absent, refused } from '../../lib/model/errors.ts';
import type {
  DemotionRecord,
  Incident,
  IncidentEvent,
  StopRecord,
  StoredEvent,
  WindowRecord,
} from '../../lib/model/incident.ts';
import type { Decision } from '../../lib/model/plan.ts';
import type { Signal } from '../../lib/model/signal.ts';
import type { TokenGrant } from '../../lib/model/token.ts';
import type { IncidentFilter } from '../../lib/ports/ledger.ts';
import { bundle, execution, HOSTS, incident, MINUTE, NOW, planView, TARGET } from '../decision/fixtures.ts';

export { MINUTE, NOW } from '../decision/fixtures.ts';

export const PLAN_HASH = 'hash-of-the-plan';
export const OUTPUT_KEY = 'incidents/inc_1/output/exe_1.json';

const plan = planView({
  id: 'plan_1',
  hash: PLAN_HASH,
  state: 'awaiting-approval',
  reason: 'waits for an approver',
  executions: [],
});
const done = planView({
  id: 'plan_0',
  hash: 'older',
  state: 'verified',
  reason: 'proven well',
  executions: [
    execution({
      id: 'exe_1',
      planId: 'plan_0',
      output: OUTPUT_KEY,
      verification: {
        result: 'verified',
        at: NOW,
        expr: 'redis_up{instance_id="i-1"}',
        reason: 'both samples are newer than the cure',
        before: 0,
        after: 1,
        freshFrom: NOW / 1000,
      },
    }),
  ],
});
const decision: Decision = {
  id: 'dec_1',
  at: NOW,
  bundleHash: 'bundle-hash',
  policy: 'redis-down',
  outcome: 'approve',
  reasons: [
    { rule: 'window', verdict: 'pass', text: 'no window is open' },
    { rule: 'autonomy', verdict: 'hold', text: 'a person must approve' },
    { rule: 'budget', verdict: 'refuse', text: 'the budget of this hour is spent', facts: { max: 3 } },
  ],
  plan: { ...planOf(), id: 'plan_1' },
  by: { name: 'nightshift', via: 'system' },
};
function planOf(): Decision['plan'] & object {
  const {
    state: _s,
    reason: _r,
    approvedBy: _a,
    decidedAt: _d,
    approveBy: _b,
    since: _i,
    executions: _e,
    ...rest
  } = plan;
  return rest;
}

/** One incident with a plan that waits, in memory; every change is written to `changes`. */
export class ScriptedOperations implements Operations {
  readonly changes: string[] = [];
  readonly heard: Signal[] = [];
  truncated = 0;
  /** Thrown by the next `hear`. */
  failure: Error | null = null;
  incidentNow: Incident = incident({ plans: [done, plan], decisions: [decision] });
  events: StoredEvent[] = [this.#stored({ type: 'incident.reopened', reason: 'again' }, NOW - 10 * MINUTE)];
  stopNow: StopRecord | null = null;
  windowsNow: WindowRecord[] = [];
  demotionsNow: DemotionRecord[] = [
    { policy: 'redis-down', cluster: 'prod', to: 'suggest', reason: 'it did not help', at: NOW },
  ];
  nonces = new Map([['nonce-1', PLAN_HASH]]);
  filters: IncidentFilter[] = [];
  runs: ManualRun[] = [];
  healthNow: Health['status'] = 'ok';
  prometheusNow: Health['dependencies'][number]['status'] = 'ok';
  watchesNow: readonly Watched[] = [];
  same = true;

  #stored(event: IncidentEvent, at: Millis, actor: Actor = { name: 'nightshift', via: 'system' }): StoredEvent {
    return { v: 1, stream: 'inc_1', version: 1, at, actor, event, previous: '0', hash: '1' };
  }
  #change(what: string, actor: Actor, event: IncidentEvent, change: Partial<Incident> = {}): Incident {
    this.changes.push(`${what} by ${actor.name} via ${actor.via}`);
    this.events.push(this.#stored(event, NOW, actor));
    this.incidentNow = { ...this.incidentNow, ...change, version: this.incidentNow.version + 1 };
    return this.incidentNow;
  }
  #known(id: string): void {
    if (id !== this.incidentNow.id) throw absent('incident.absent', `there is no incident ${id}`, { field: 'id' });
  }

  async hear(signals: readonly Signal[], truncated: boolean): Promise<void> {
    if (this.failure !== null) throw this.failure;
    this.heard.push(...signals);
    if (truncated) this.truncated += 1;
  }
  async health(): Promise<Health> {
    const detail = 'http://10.0.0.9:9090 answers';
    const dependency = { name: 'prometheus', status: this.prometheusNow, detail, latency: 3 };
    return { status: this.healthNow, version: '0', startedAt: NOW, dependencies: [dependency] };
  }
  ready = async () => this.healthNow !== 'down';
  metrics = async () => 'nightshift_up 1\n';
  watchMetrics = async () => '';
  detections: DetectRequest[] = [];
  detect = async (request: DetectRequest) => {
    this.detections.push(request);
    return detect({ metrics: null }, request);
  };
  watches = async () => this.watchesNow;
  saidNow: Said = {};
  said = async () => this.saidNow;
  left: Warmed['left'] = [];
  async warm(watch: string, learned: readonly Learned[], actor: Actor) {
    const states = learned.map(({ series, last, state }) => `${series} ${last} ${state.length}`);
    this.changes.push(`warm ${watch} with ${states.join(', ')} by ${actor.name} via ${actor.via}`);
    return { taken: learned.length - this.left.length, left: this.left };
  }
  async mark(id: string, useful: boolean, actor: Actor) {
    this.#known(id);
    this.changes.push(`mark ${useful ? 'useful' : 'useless'} by ${actor.name} via ${actor.via}`);
    return ['queue-length'];
  }

  async incidents(filter: IncidentFilter) {
    this.filters.push(filter);
    // The subject's place: what a test changes is the subject.
    const { cluster, host, service } = this.incidentNow.subject;
    const item = { ...summaryOf(this.incidentNow), cluster, host, service, plan: plan.state };
    return { items: filter.host === 'nowhere' ? [] : [item], next: null };
  }
  async incident(id: string) {
    this.#known(id);
    return this.incidentNow;
  }
  async timeline(id: string) {
    this.#known(id);
    return this.events;
  }
  async blob(key: string) {
    if (key !== OUTPUT_KEY) throw absent('blob.absent', `there is no blob ${key}`, { field: 'key' });
    return new TextEncoder().encode(
      JSON.stringify({ stdout: 'restarting\nit serves again\n', stderr: '', truncated: false }),
    );
  }
  async acknowledge(id: string, actor: Actor) {
    this.#known(id);
    const change = { state: 'acknowledged', acknowledgedBy: actor.name } as const;
    return this.#change('acknowledge', actor, { type: 'incident.acknowledged' }, change);
  }
  async comment(id: string, text: string, actor: Actor) {
    this.#known(id);
    return this.#change(`comment ${text}`, actor, { type: 'incident.commented', text });
  }
  async close(id: string, reason: string, actor: Actor) {
    this.#known(id);
    return this.#change(`close ${reason}`, actor, { type: 'incident.closed', reason }, { state: 'closed' });
  }
  async reopen(id: string, reason: string, actor: Actor) {
    this.#known(id);
    if (this.incidentNow.state !== 'closed') throw refused('incident.state', 'it is not closed', { field: 'state' });
    return this.#change(`reopen ${reason}`, actor, { type: 'incident.reopened', reason }, { state: 'open' });
  }
  async approve(id: string, planId: string, planHash: string, actor: Actor, nonce?: string) {
    this.#known(id);
    this.#spend(nonce, planHash);
    if (planHash !== PLAN_HASH)
      throw refused('approval.hash', 'the plan is another', { field: 'planHash', expected: PLAN_HASH });
    return this.#change(`approve ${planId}`, actor, { type: 'plan.approved', planId, planHash });
  }
  async reject(id: string, planId: string, planHash: string, reason: string, actor: Actor, nonce?: string) {
    this.#known(id);
    this.#spend(nonce, planHash);
    return this.#change(`reject ${planId} ${reason}`, actor, { type: 'plan.rejected', planId, planHash, reason });
  }
  #spend(nonce: string | undefined, planHash: string) {
    if (nonce === undefined) return;
    if (this.nonces.get(nonce) !== planHash)
      throw refused('approval.nonce', 'this button is spent', { field: 'nonce' });
    this.nonces.delete(nonce);
  }

  stop = async () => this.stopNow;
  async setStop(until: Millis, reason: string, actor: Actor) {
    this.changes.push(`stop by ${actor.name}`);
    this.stopNow = { until, reason, by: actor.name };
    return this.stopNow;
  }
  async liftStop(reason: string, actor: Actor) {
    if (this.stopNow === null) throw absent('stop.absent', 'no stop is in force');
    this.changes.push(`lift ${reason} by ${actor.name}`);
    this.stopNow = null;
  }
  windows = async () => this.windowsNow;
  async addWindow(window: Omit<WindowRecord, 'id' | 'by'>, actor: Actor) {
    this.changes.push(`window by ${actor.name}`);
    const added = { ...window, id: `win_${this.windowsNow.length + 1}`, by: actor.name };
    this.windowsNow.push(added);
    return added;
  }
  async removeWindow(id: string, actor: Actor) {
    const rest = this.windowsNow.filter((window) => window.id !== id);
    if (rest.length === this.windowsNow.length)
      throw absent('window.absent', `there is no window ${id}`, { field: 'id' });
    this.changes.push(`window removed by ${actor.name}`);
    this.windowsNow = rest;
  }
  demotions = async () => this.demotionsNow;
  async liftDemotion(policy: string, cluster: string, reason: string, actor: Actor) {
    this.changes.push(`promote ${policy} ${cluster} ${reason} by ${actor.name}`);
    this.demotionsNow = [];
  }
  tokensNow: TokenGrant[] = [];
  tokens = async () => this.tokensNow;
  async createToken(asked: Pick<TokenGrant, 'name' | 'role' | 'sha256'>, actor: Actor) {
    this.changes.push(`token ${asked.name} ${asked.role} by ${actor.name}`);
    const made = { ...asked, by: actor.name, at: NOW };
    this.tokensNow.push(made);
    return made;
  }
  async revokeToken(name: string, reason: string, actor: Actor) {
    this.changes.push(`revoke ${name} ${reason} by ${actor.name}`);
    this.tokensNow = this.tokensNow.filter((one) => one.name !== name);
  }
  bundle = async () => bundle();
  hosts = async () => HOSTS;
  async run(request: ManualRun, actor: Actor) {
    this.changes.push(`run ${request.runbook} by ${actor.name}`);
    this.runs.push(request);
    const refusedPlan = request.hosts.includes('offline');
    const made = planView({
      id: 'plan_m',
      state: refusedPlan ? 'refused' : 'dispatching',
      targets: [TARGET],
      executions: [],
    });
    return incident({ id: 'inc_run', plans: [made] });
  }
  auditVerify = async () => ({
    streams: 2,
    events: 9,
    roots: { count: 4, last: { seq: 4, at: 1_750_000_000_000 } },
    problems: this.same ? [] : [{ stream: 'inc_1', version: 2, problem: 'the hash differs' }],
  });
  async replay(id: string) {
    this.#known(id);
    return { incident: this.incidentNow, same: this.same };
  }
}
