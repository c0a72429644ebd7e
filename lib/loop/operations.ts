import type { Actor, Duration, Millis } from '../model/basic.ts';
import type { Bundle } from '../model/catalogue.ts';
import type { Host } from '../model/host.ts';
import type { DemotionRecord, Incident, StopRecord, StoredEvent, WindowRecord } from '../model/incident.ts';
import type { Signal } from '../model/signal.ts';
import type { TokenGrant } from '../model/token.ts';
import type { IncidentFilter, Ledger } from '../ports/ledger.ts';
import type { Detected, DetectRequest } from './detect.ts';
import type { AuditReport } from './rootsVerify.ts';
import type { Learned, Warmed } from './warm.ts';
import type { Said, Watched } from './watched.ts';

export interface ManualRun {
  readonly runbook: string;
  /** Host ids or names. */
  readonly hosts: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
  readonly dryRun: boolean;
  readonly reason: string;
}

export interface Health {
  readonly status: 'ok' | 'degraded' | 'down';
  readonly version: string;
  readonly startedAt: Millis;
  readonly dependencies: readonly {
    readonly name: string;
    readonly status: 'ok' | 'down' | 'not-configured';
    readonly detail: string;
    readonly latency: Duration | null;
  }[];
}

/**
 * Everything a person or a program may ask of a running Nightshift. The API, the CLI, the callbacks and the Lambda
 * functions call this and nothing else. State-changing calls take the actor; errors are NightshiftErrors
 * (`absent` → 404, `input` → 400, `refused` → 409, `conflict` → 409, `busy` → 503, `failed` → 502).
 */
export interface Operations {
  /** Durable before it resolves. */
  hear(signals: readonly Signal[], truncated: boolean): Promise<void>;
  health(): Promise<Health>;
  ready(): Promise<boolean>;
  /** Prometheus text exposition. */
  metrics(): Promise<string>;

  incidents(filter: IncidentFilter): ReturnType<Ledger['list']>;
  incident(id: string): Promise<Incident>;
  timeline(id: string): Promise<readonly StoredEvent[]>;
  blob(key: string): Promise<Uint8Array>;
  acknowledge(id: string, actor: Actor): Promise<Incident>;
  comment(id: string, text: string, actor: Actor): Promise<Incident>;
  close(id: string, reason: string, actor: Actor): Promise<Incident>;
  reopen(id: string, reason: string, actor: Actor): Promise<Incident>;
  /**
   * With the single-use nonce of a button, which is spent by the same write; `refused` `approval.nonce` when unknown, spent,
   * expired or of another plan.
   */
  approve(id: string, planId: string, planHash: string, actor: Actor, nonce?: string): Promise<Incident>;
  reject(id: string, planId: string, planHash: string, reason: string, actor: Actor, nonce?: string): Promise<Incident>;

  stop(): Promise<StopRecord | null>;
  setStop(until: Millis, reason: string, actor: Actor): Promise<StopRecord>;
  liftStop(reason: string, actor: Actor): Promise<void>;
  windows(): Promise<readonly WindowRecord[]>;
  addWindow(window: Omit<WindowRecord, 'id' | 'by'>, actor: Actor): Promise<WindowRecord>;
  removeWindow(id: string, actor: Actor): Promise<void>;
  demotions(): Promise<readonly DemotionRecord[]>;
  liftDemotion(policy: string, cluster: string, reason: string, actor: Actor): Promise<void>;

  /** What was given out while running; the first token of an installation is not among them. */
  tokens(): Promise<readonly TokenGrant[]>;
  /** `refused` `token.name` where the name has one already. */
  createToken(asked: Pick<TokenGrant, 'name' | 'role' | 'sha256'>, actor: Actor): Promise<TokenGrant>;
  revokeToken(name: string, reason: string, actor: Actor): Promise<void>;

  bundle(): Promise<Bundle>;
  hosts(): Promise<readonly Host[]>;
  /** A manual run is an incident of its own, through the same guards and audit. */
  run(request: ManualRun, actor: Actor): Promise<Incident>;

  /** The watch list with what people said of it. */
  watches(): Promise<readonly Watched[]>;
  /** Scores and bands of every watched series as Prometheus text. */
  watchMetrics(): Promise<string>;
  /** Whether an incident's anomalies were worth telling; the watches that it counts for. `input` `watch.mark` where it has none. */
  mark(id: string, useful: boolean, actor: Actor): Promise<readonly string[]>;
  /** What was said of an incident, by watch: whether its anomalies were useful. */
  said(id: string): Promise<Said>;
  /** Gives a watch what was learned of its series elsewhere; what was not taken is named. */
  warm(watch: string, learned: readonly Learned[], actor: Actor): Promise<Warmed>;
  /** Scores samples that are given or asked for; keeps nothing. */
  detect(request: DetectRequest): Promise<Detected>;

  auditVerify(): Promise<AuditReport>;
  /** Folds a stream anew and compares it with the live state; makes no external call. */
  replay(id: string): Promise<{ readonly incident: Incident; readonly same: boolean }>;
}
