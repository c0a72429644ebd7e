import { lambda } from '../../adapters/aws/clients.ts';
import { invokedInventory } from '../../adapters/aws/invokedInventory.ts';
import { parseCloudEvent } from '../../intake/cloudEvents.ts';
import { hear } from '../../loop/hear.ts';
import { base } from './base.ts';
import { variable } from './environment.ts';
import { once } from './once.ts';
import { signalsQueue } from './signalsQueue.ts';

const parts = once(async () => {
  const given = await base();
  return {
    given,
    inventory: invokedInventory(lambda(), variable('NIGHTSHIFT_HOSTS_FUNCTION'), given.clock),
    queue: signalsQueue(given),
  };
});

/** A CloudWatch alarm or an EC2 state change. Instances that are not ours are none of our business. */
export async function cloudSignal(event: unknown): Promise<{ readonly heard: boolean }> {
  const { given, inventory, queue } = await parts();
  const signal = parseCloudEvent(event, { receivedAt: given.clock.now(), ids: given.ids });
  if (signal === null) return { heard: false };
  const instance = signal.labels.instance_id;
  if (instance !== undefined) {
    const host = (await inventory.hosts()).find(({ id }) => id === instance);
    // A terminated one is in no inventory any more; its end is heard so that what is open about it closes.
    if (host === undefined && signal.status === 'firing') return { heard: false };
  }
  await hear({ ...given, queue, timers: { wakeAt: () => undefined } }, [signal], false);
  return { heard: true };
}
