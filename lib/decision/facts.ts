import type { Millis } from '../model/basic.ts';
import type { Host } from '../model/host.ts';
import type { DemotionRecord, Incident, StopRecord, WindowRecord } from '../model/incident.ts';
import type { HeldClaim, LedgerRecord } from '../ports/ledger.ts';

/** Something that was asked: the answer, or why there is none. A guard whose fact is not known refuses. */
export type Fact<T> = { readonly known: true; readonly value: T } | { readonly known: false; readonly reason: string };

export const known = <T>(value: T): Fact<T> => ({ known: true, value });
export const unknown = (reason: string): Fact<never> => ({ known: false, reason });

/** What a precondition's query said. Only `holds` lets anything run. */
export interface PreconditionAnswer {
  readonly id: string;
  readonly result: 'holds' | 'fails' | 'no-data' | 'error';
  readonly text: string;
}

/** Everything the guards look at. The loop reads it, strongly consistent, just before it asks them. */
export interface GuardFacts {
  readonly now: Millis;
  /** Key `STOP_KEY`. */
  readonly stop: Fact<LedgerRecord<StopRecord>>;
  /** Key `WINDOWS_KEY`. */
  readonly windows: Fact<LedgerRecord<readonly WindowRecord[]>>;
  /** Key `demotionKey(policy, cluster)`; for a manual run an unwritten record. */
  readonly demotion: Fact<LedgerRecord<DemotionRecord>>;
  /** The inventory, all clusters. */
  readonly hosts: Fact<readonly Host[]>;
  /** For each target's id why the runner does not reach it, or null; absent where the runner cannot tell. */
  readonly reach?: Fact<ReadonlyMap<string, string | null>>;
  /** Holders of the keys that `claimKeys` lists for every target, of all executions. */
  readonly claims: Fact<readonly HeldClaim[]>;
  /** Whether the host-down incident above this one is still open. */
  readonly parentOpen: Fact<boolean>;
  /** Ids of hosts that are down already, whatever the cause; hosts of other clusters do no harm. */
  readonly downHosts: Fact<readonly string[]>;
  /** One answer for each of the policy's preconditions; [] where it has none. */
  readonly preconditions: Fact<readonly PreconditionAnswer[]>;
  /** Names or ids of the hosts that the policy wants last in a rollout; absent where it says nothing of it. */
  readonly last?: Fact<readonly string[]>;
  /** When the last cure of this correlation key was verified; null where none was. */
  readonly recentVerified: Fact<Millis | null>;
  /** As folded just now; null for a manual run that has none yet. */
  readonly incident: Incident | null;
}

/** Hosts that the inventory itself counts as down: whatever is not reachable. */
export const downInInventory = (hosts: readonly Host[]): readonly string[] =>
  hosts.filter(({ state }) => state !== 'online').map(({ id }) => id);
