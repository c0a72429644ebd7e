import type { GuardSpec } from '../model/catalogue.ts';

type Limits = GuardSpec['blastRadius'];

/**
 * How many of a cluster's hosts may be out of order at once: `hosts`, and `percent` (0–100) of those it has, of which
 * one is always allowed. Down for whatever cause counts.
 */
export function allowedHosts(limits: Limits, hostsInCluster: number): number {
  return Math.min(limits.hosts, Math.max(1, Math.floor((limits.percent * hostsInCluster) / 100)));
}

/** Places left for executions at the same time, when `down` other hosts of the cluster are out of order. Never negative. */
export const freeSlots = (limits: Limits, hostsInCluster: number, down: number): number =>
  Math.max(0, allowedHosts(limits, hostsInCluster) - down);
