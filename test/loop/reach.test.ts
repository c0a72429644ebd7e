import { describe, expect, test } from '@jest/globals';
import type { Host } from '../../lib/model/host.ts';
import { policy } from '../simulation/catalogue.ts';
import { ADA, worlds } from '../simulation/world.ts';

const open = worlds();
const AWAY = 'host h1 is not this machine: this Nightshift acts only on a host named ops-1';

/** A world whose runner says this of `h1`, and reaches all others. */
const where = (autonomy: 'auto' | 'shadow', answer: () => string | null = () => AWAY) => {
  const reaches = async ({ id }: Host) => (id === 'h1' ? answer() : null);
  return open({
    policies: [policy({ autonomy })],
    hosts: 10,
    wrap: (deps) => ({ ...deps, runner: { ...deps.runner, reaches } }),
  });
};

describe('a host that the runner does not reach', () => {
  test('is refused at the decision with the runner’s words, and holds up no other', async () => {
    const world = await where('auto');
    await world.breaks('h1');
    const { decisions, state } = await world.incident();
    expect(decisions.map(({ outcome }) => outcome)).toEqual(['refuse']);
    expect(await world.refusedBy()).toEqual(['targets']);
    expect(decisions[0]?.reasons.find(({ rule }) => rule === 'targets')?.text).toBe(AWAY);
    expect([state, world.hosts.sends]).toEqual(['escalated', []]);
    await world.breaks('h2');
    expect(world.hosts.sends).toHaveLength(1);
  });

  test('is foreseen by a shadow', async () => {
    const world = await where('shadow');
    await world.breaks('h1');
    expect((await world.incident()).decisions[0]?.reasons.at(-1)?.text).toBe('would have refused: targets');
  });

  test('is refused to a person as well', async () => {
    const world = await where('auto');
    const run = {
      runbook: 'restart-svc',
      hosts: ['h1'],
      parameters: {},
      dryRun: false,
      reason: 'it hangs',
    };
    const { decisions } = await world.operations.run(run, ADA);
    expect(decisions.map(({ outcome }) => outcome)).toEqual(['refuse']);
    expect(decisions[0]?.reasons.find(({ rule }) => rule === 'targets')?.text).toBe(AWAY);
  });

  test('is refused too where the runner cannot say', async () => {
    const world = await where('auto', () => {
      throw new Error('no interface can be listed');
    });
    await world.breaks('h1');
    expect(await world.refusedBy()).toEqual(['targets']);
    expect(world.hosts.sends).toEqual([]);
  });
});
