import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { Host } from '../../model/host.ts';
import type { Clock, Inventory } from '../../ports/edges.ts';
import { invoke } from './invoke.ts';

/** How old an answer may be, milliseconds: a storm decides often, and EC2 refuses who asks it 20 times a second. */
const FRESH = 2_000;

/**
 * The inventory as the function tells it that alone may ask EC2: its client would double the size of every other. Who asks
 * within two seconds has the same answer; a failure is nobody else's.
 */
export function invokedInventory(client: LambdaClient, functionName: string, clock: Clock): Inventory {
  let last: { readonly at: number; readonly hosts: Promise<readonly Host[]> } | null = null;
  return {
    hosts() {
      const now = clock.now();
      if (last !== null && now - last.at < FRESH) return last.hosts;
      const hosts = invoke(client, functionName, {}, 'inventory') as Promise<readonly Host[]>;
      const asked = { at: now, hosts };
      last = asked;
      hosts.catch(() => {
        if (last === asked) last = null;
      });
      return hosts;
    },
  };
}
