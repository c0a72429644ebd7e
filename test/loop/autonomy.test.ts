import { describe, expect, test } from '@jest/globals';
import { memoryCache } from '../../lib/adapters/embedded/cache.ts';
import { createApi } from '../../lib/api/app.ts';
import { findToken, ROLES, tokenHash } from '../../lib/api/tokens.ts';
import type { Autonomy } from '../../lib/model/basic.ts';
import type { Decision } from '../../lib/model/plan.ts';
import { guards, policy } from '../simulation/catalogue.ts';
import { MINUTE, SECOND } from '../simulation/time.ts';
import { ADA, type World, worlds } from '../simulation/world.ts';

const open = worlds();
const at = (autonomy: Autonomy) => [policy({ autonomy })];

describe('the ladder of autonomy', () => {
  const ladder: readonly [Autonomy, Decision['outcome'], string | undefined, number][] = [
    ['observe', 'observe', undefined, 0],
    ['shadow', 'shadow', 'shadowed', 0],
    ['suggest', 'suggest', 'proposed', 0],
    ['approve', 'approve', 'awaiting-approval', 0],
    ['auto', 'run', 'running', 1],
  ];
  test.each(ladder)('%s decides %s, the plan is %s', async (autonomy, outcome, state, sent) => {
    const world = await open({ policies: at(autonomy) });
    await world.breaks('h1');
    const { decisions, plans, paged } = await world.incident();
    expect(decisions.map((one) => one.outcome)).toEqual([outcome]);
    expect(plans.at(-1)?.state).toBe(state);
    expect(world.hosts.sends).toHaveLength(sent);
    expect(paged).toBe(autonomy !== 'auto');
  });

  test('is of the cluster where the policy says so', async () => {
    const world = await open({ policies: [policy({ autonomy: 'auto', autonomyByCluster: { prod: 'shadow' } })] });
    await world.breaks('h1');
    await world.advance(MINUTE);
    expect((await world.plan()).state).toBe('shadowed');
    expect(world.hosts.sends).toEqual([]);
  });

  test('a shadow tells what would have run', async () => {
    const world = await open({ policies: at('shadow') });
    await world.breaks('h1');
    expect((await world.incident()).decisions.at(-1)?.reasons.at(-1)?.text).toBe('would have run restart-svc on h1');
  });
});

describe('an approval', () => {
  const asked = async (autonomy: Autonomy = 'approve'): Promise<World> => {
    const world = await open({ policies: at(autonomy) });
    await world.breaks('h1');
    return world;
  };

  test.each<Autonomy>(['approve', 'suggest'])(
    'lets a plan at %s run, in the name of who approved',
    async (autonomy) => {
      const world = await asked(autonomy);
      const { id } = await world.incident();
      const { id: planId, hash } = await world.plan();
      await world.operations.approve(id, planId, hash, ADA);
      await world.advance(30 * SECOND);
      expect(await world.plan()).toMatchObject({ state: 'verified', approvedBy: 'ada' });
      expect(world.hosts.sends).toHaveLength(1);
    },
  );

  test('of another plan than the one that was shown is refused', async () => {
    const world = await asked();
    const { id } = await world.incident();
    const { id: planId, hash } = await world.plan();
    const wrong = world.operations.approve(
      id,
      planId,
      hash.replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
      ADA,
    );
    await expect(wrong).rejects.toMatchObject({ code: 'approval.hash', kind: 'refused' });
    await expect(world.operations.approve(id, 'plan_none', hash, ADA)).rejects.toMatchObject({ code: 'approval.plan' });
    await world.advance(MINUTE);
    expect(world.hosts.sends).toEqual([]);
  });

  test('that comes late is refused, and the plan was cancelled and told of', async () => {
    const world = await asked();
    const { id } = await world.incident();
    const { id: planId, hash, approveBy } = await world.plan();
    world.now = approveBy;
    const late = world.operations.approve(id, planId, hash, ADA);
    await expect(late).rejects.toMatchObject({ code: 'approval.late' });
    await world.advance(SECOND);
    expect(await world.plan()).toMatchObject({ state: 'cancelled', reason: 'nobody approved it in time' });
    await expect(world.operations.approve(id, planId, hash, ADA)).rejects.toMatchObject({ code: 'approval.plan' });
    expect(world.hosts.sends).toEqual([]);
  });

  test('cannot be given twice, and a rejected plan is never run', async () => {
    const world = await asked();
    const { id } = await world.incident();
    const { id: planId, hash } = await world.plan();
    await world.operations.reject(id, planId, hash, 'not now', ADA);
    await expect(world.operations.approve(id, planId, hash, ADA)).rejects.toMatchObject({ kind: 'refused' });
    await world.advance(MINUTE);
    expect(world.hosts.sends).toEqual([]);
    expect(await world.plan()).toMatchObject({ state: 'cancelled', reason: 'not now' });
  });

  test('passes the guards as they are when it is sent', async () => {
    const world = await asked();
    const { id } = await world.incident();
    const { id: planId, hash } = await world.plan();
    await world.operations.setStop(world.now + MINUTE, 'wait', ADA);
    await world.operations.approve(id, planId, hash, ADA);
    await world.advance(SECOND);
    expect(await world.plan()).toMatchObject({
      state: 'refused',
      reason: expect.stringContaining('global stop by ada'),
    });
    expect(world.hosts.sends).toEqual([]);
  });

  test('by a button is good once, for its own plan, for its time', async () => {
    const world = await asked();
    const { id } = await world.incident();
    const { id: planId, hash, approveBy } = await world.plan();
    const buttons = world.people.told.map(({ text }) => /\\"nonce\\":\\"([^"\\]+)/.exec(text)?.[1] ?? '');
    const [nonce = '', other = ''] = [...new Set(buttons.filter((one) => one !== ''))];
    const press = (button: string, of = hash) => world.operations.approve(id, planId, of, ADA, button);
    const spent = { code: 'approval.nonce' };
    await expect(press(nonce, 'another')).rejects.toMatchObject(spent);
    await expect(press('guessed')).rejects.toMatchObject(spent);
    const { now } = world;
    world.now = approveBy;
    await expect(press(other)).rejects.toMatchObject(spent);
    world.now = now;
    await press(nonce);
    await expect(press(nonce)).rejects.toMatchObject(spent);
    expect(await world.plan()).toMatchObject({ state: 'dispatching', approvedBy: ADA.name });
  });

  test('by a button that could not be written down can be pressed again', async () => {
    let fails = true;
    const world = await open({
      policies: at('approve'),
      wrap: (deps) => ({
        ...deps,
        ledger: {
          ...deps.ledger,
          append: async (transaction) => {
            if (fails && transaction.events.some(({ type }) => type === 'plan.approved')) throw new Error('the disk');
            return deps.ledger.append(transaction);
          },
        },
      }),
    });
    await world.breaks('h1');
    const { id } = await world.incident();
    const { id: planId, hash } = await world.plan();
    const [nonce = ''] = world.people.told.flatMap(({ text }) => /\\"nonce\\":\\"([^"\\]+)/.exec(text)?.[1] ?? []);
    await expect(world.operations.approve(id, planId, hash, ADA, nonce)).rejects.toThrow('the disk');
    fails = false;
    await world.operations.approve(id, planId, hash, ADA, nonce);
    await world.advance(30 * SECOND);
    expect(world.hosts.sends).toHaveLength(1);
  });

  test('is for approvers: a viewer and an operator are turned away, and nothing runs', async () => {
    const world = await asked();
    const records = ROLES.map((role) => ({ name: `${role}-person`, role, sha256: tokenHash(`${role}-token`) }));
    const fetch = createApi({
      operations: world.operations,
      tokens: { find: async (token) => findToken(records, token) },
      intake: { tokens: [], maxBytes: 1_000, maxAlerts: 1 },
      description: async () => ({}),
      clock: world.deps.clock,
      ids: world.deps.ids,
      log: world.deps.log,
      cache: memoryCache({ clock: world.deps.clock, most: 1 }),
      loopback: true,
      url: 'http://127.0.0.1:9099',
    });
    const { id } = await world.incident();
    const { id: planId, hash } = await world.plan();
    const asks = async (token: string) => {
      const headers = { host: '127.0.0.1:9099', authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const body = JSON.stringify({ planHash: hash });
      const url = `http://127.0.0.1:9099/api/incidents/${id}/plans/${planId}/approve`;
      return (await fetch(new Request(url, { method: 'POST', headers, body }))).status;
    };
    expect([await asks('viewer-token'), await asks('operator-token'), await asks('nobody')]).toEqual([403, 403, 401]);
    await world.advance(SECOND);
    expect(world.hosts.sends).toEqual([]);
    expect(await asks('approver-token')).toBe(200);
    await world.advance(SECOND);
    expect(world.hosts.sends).toHaveLength(1);
    expect((await world.plan()).approvedBy).toBe('approver-person');
  });
});

test('a dry run is decided whole and sends nothing', async () => {
  const world = await open({ policies: [policy({ guards: guards({ dryRun: true }) })] });
  await world.breaks('h1');
  await world.advance(MINUTE);
  expect((await world.incident()).decisions.at(-1)).toMatchObject({ outcome: 'shadow' });
  expect(world.hosts.sends).toEqual([]);
});
