import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { Host } from '../../model/host.ts';
import type { Inventory } from '../../ports/edges.ts';
import { invoke } from './invoke.ts';

/** The inventory as the function tells it that alone may ask EC2: its client would double the size of every other. */
export function invokedInventory(client: LambdaClient, functionName: string): Inventory {
  return { hosts: async () => (await invoke(client, functionName, {}, 'inventory')) as readonly Host[] };
}
