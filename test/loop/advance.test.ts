import { describe, expect, test } from '@jest/globals';
import { advance } from '../../lib/loop/advance.ts';
import type { ExecutionState } from '../../lib/model/plan.ts';
import { SECOND } from '../simulation/time.ts';
import { ADA, worlds } from '../simulation/world.ts';

const open = worlds();
const BY_HAND = { runbook: 'restart-svc', hosts: ['h1'], parameters: {}, dryRun: false, reason: 'a test' };

describe('two workers carry on the same incident', () => {
  test.each<ExecutionState>(['intent', 'sending', 'sent'])(
    'the slower at %s goes on from what the faster wrote, and one command is sent',
    async (to) => {
      const world = await open();
      const { id } = await world.operations.run(BY_HAND, ADA);
      world.interference.before(to, async () => void (await advance(world.deps, id)));
      const seen = await advance(world.deps, id);
      expect(seen.plans[0]?.executions[0]?.state).toBe('sent');
      expect(world.hosts.sends).toHaveLength(1);
    },
  );

  test('a comment between reading and sending holds nothing up', async () => {
    const world = await open();
    const { id } = await world.operations.run(BY_HAND, ADA);
    world.interference.before('sending', async () => void (await world.operations.comment(id, 'seen', ADA)));
    await advance(world.deps, id);
    expect(world.hosts.sends).toHaveLength(1);
    await world.advance(30 * SECOND);
    expect((await world.operations.incident(id)).plans[0]?.executions[0]?.exitCode).toBe(0);
  });
});
