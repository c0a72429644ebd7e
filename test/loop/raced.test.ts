import { describe, expect, test } from '@jest/globals';
import { demotionKey, STOP_KEY } from '../../lib/decision/keys.ts';
import type { Deps } from '../../lib/loop/deps.ts';
import type { Operations } from '../../lib/loop/operations.ts';
import { CONFIGURATION, setRecord } from '../../lib/loop/setRecord.ts';
import { conflict } from '../../lib/model/errors.ts';
import type { LedgerEvent, WindowRecord } from '../../lib/model/incident.ts';
import type { Transaction } from '../../lib/ports/ledger.ts';
import { HOUR, SECOND } from '../simulation/time.ts';
import { ADA, type World, worlds } from '../simulation/world.ts';

type Append = Deps['ledger']['append'];
/** Done once, in place of the first write of its kind. */
type Meanwhile = (write: () => ReturnType<Append>, transaction: Transaction) => ReturnType<Append>;

const open = worlds();
const BY_HAND = { runbook: 'restart-svc', hosts: ['h1'], parameters: {}, dryRun: false, reason: 'a test' };
const BOB = { name: 'bob', via: 'api' } as const;

/** A world in which a test acts between what was read and the first write that `isIt`. */
async function racedWorld(isIt: (transaction: Transaction) => boolean) {
  let meanwhile: Meanwhile | null = null;
  const world = await open({
    wrap: (deps) => ({
      ...deps,
      ledger: {
        ...deps.ledger,
        append: (transaction) => {
          const write = () => deps.ledger.append(transaction);
          const once = meanwhile;
          if (once === null || !isIt(transaction)) return write();
          meanwhile = null;
          return once(write, transaction);
        },
      },
    }),
  });
  return {
    world,
    first: (act: (stream: string) => Promise<unknown>) => {
      meanwhile = async (write, { stream }) => {
        await act(stream);
        return write();
      };
    },
    instead: (act: Meanwhile) => {
      meanwhile = act;
    },
    /** Nothing was raced where it still waits. */
    happened: () => meanwhile === null,
  };
}

const isDecision = ({ events }: Transaction) => events.some(({ type }: LedgerEvent) => type === 'decision.made');
const isConfiguration = ({ stream }: Transaction) => stream === CONFIGURATION;

async function oneRun(world: World, id: string) {
  await world.advance(30 * SECOND);
  const incident = await world.incident();
  expect(incident.id).toBe(id);
  expect(incident.decisions).toHaveLength(1);
  return incident;
}

describe('a run by hand whose incident others write to before it is decided', () => {
  test('is done once, and has one plan, while a sweep tells of it', async () => {
    const { world, first } = await racedWorld(isDecision);
    first(() => world.work());
    const { id, plans } = await world.operations.run(BY_HAND, ADA);
    expect(plans.map(({ state }) => state)).toEqual(['dispatching']);
    const types = (await world.operations.timeline(id)).map(({ event }) => event.type);
    expect(types.indexOf('notification.settled')).toBeLessThan(types.indexOf('decision.made'));
    const { plans: after } = await oneRun(world, id);
    expect(after.map(({ executions }) => executions.map(({ exitCode }) => exitCode))).toEqual([[0]]);
    expect(world.hosts.sends).toHaveLength(1);
  });

  test('is refused by the stop that was set meanwhile', async () => {
    const { world, first } = await racedWorld(isDecision);
    first(async (id) => {
      await world.operations.setStop(world.now + HOUR, 'no more', BOB);
      await world.operations.comment(id, 'a moment', BOB);
    });
    const { id, decisions } = await world.operations.run(BY_HAND, ADA);
    expect(decisions.map(({ outcome }) => outcome)).toEqual(['refuse']);
    expect(await world.refusedBy()).toEqual(['stop']);
    await oneRun(world, id);
    expect(world.hosts.sends).toEqual([]);
  });

  test('is not sent when somebody closed it', async () => {
    const { world, first } = await racedWorld(isDecision);
    first((id) => world.operations.close(id, 'not now', BOB));
    await expect(world.operations.run(BY_HAND, ADA)).rejects.toMatchObject({ kind: 'refused', code: 'run.closed' });
    await world.advance(30 * SECOND);
    expect(await world.incident()).toMatchObject({ state: 'closed', closeReason: 'not now', decisions: [], plans: [] });
    expect(world.hosts.sends).toEqual([]);
  });

  test('is decided once where the answer to its first write was lost', async () => {
    const { world, instead } = await racedWorld(isDecision);
    instead(async (write) => {
      await write();
      throw conflict('ledger.version', 'it was written, and tried again');
    });
    const { id } = await world.operations.run(BY_HAND, ADA);
    expect((await oneRun(world, id)).plans).toHaveLength(1);
    expect(world.hosts.sends).toHaveLength(1);
  });
});

const WINDOW: Omit<WindowRecord, 'id' | 'by'> = {
  kind: 'freeze',
  when: { from: 0, until: 1 },
  scope: { cluster: null, host: null, service: null },
  reason: 'a test',
};
const DEMOTION = demotionKey('svc-down', 'prod');
const TOKEN = { name: 'carol', role: 'viewer', sha256: 'x' } as const;

/** As the loop and people set it. */
async function set({ deps }: World, key: string, value: unknown): Promise<void> {
  const { version } = await deps.ledger.record(key);
  await setRecord(deps, key, version, value, 'a test', BOB);
}
const demotion = (at: number) => ({ policy: 'svc-down', cluster: 'prod', to: 'suggest', reason: 'a test', at });

describe('what people set while somebody else sets something', () => {
  const calls: readonly [string, (operations: Operations, world: World, window: string) => Promise<unknown>][] = [
    ['a stop', (operations, { now }) => operations.setStop(now + HOUR, 'a test', ADA)],
    ['the end of a stop', (operations) => operations.liftStop('a test', ADA)],
    ['a window', (operations) => operations.addWindow(WINDOW, ADA)],
    ['the end of a window', (operations, _, window) => operations.removeWindow(window, ADA)],
    ['the end of a demotion', (operations) => operations.liftDemotion('svc-down', 'prod', 'a test', ADA)],
    ['a token', (operations) => operations.createToken({ ...TOKEN, name: 'dora' }, ADA)],
    ['the end of a token', (operations) => operations.revokeToken(TOKEN.name, 'a test', ADA)],
  ];
  test.each(calls)('%s is written after it', async (_, call) => {
    const { world, first, happened } = await racedWorld(isConfiguration);
    const { operations } = world;
    await operations.setStop(world.now + HOUR, 'the first', BOB);
    const { id } = await operations.addWindow(WINDOW, BOB);
    await operations.createToken(TOKEN, BOB);
    await set(world, DEMOTION, demotion(1));
    first(() => operations.addWindow({ ...WINDOW, reason: 'the other' }, BOB));
    await call(operations, world, id);
    expect(happened()).toBe(true);
    expect((await operations.windows()).filter(({ reason }) => reason === 'the other')).toHaveLength(1);
    const written = await world.deps.ledger.read(CONFIGURATION);
    expect(written.slice(-2).map(({ actor }) => actor.name)).toEqual(['bob', 'ada']);
  });

  test('a stop that was set anew is not the one that was to be lifted', async () => {
    const { world, first } = await racedWorld(isConfiguration);
    const { operations } = world;
    await operations.setStop(world.now + HOUR, 'the first', BOB);
    first(() => operations.setStop(world.now + HOUR, 'the second', BOB));
    await expect(operations.liftStop('over', ADA)).rejects.toMatchObject({ kind: 'conflict', code: 'record.changed' });
    expect(await operations.stop()).toMatchObject({ reason: 'the second' });
    expect((await world.deps.ledger.record(STOP_KEY)).version).toBe(2);
  });

  test('a policy that was demoted again stays demoted', async () => {
    const { world, first } = await racedWorld(isConfiguration);
    await set(world, DEMOTION, demotion(1));
    first(() => set(world, DEMOTION, demotion(2)));
    const lifted = world.operations.liftDemotion('svc-down', 'prod', 'over', ADA);
    await expect(lifted).rejects.toMatchObject({ kind: 'conflict', code: 'record.changed' });
    expect(await world.operations.demotions()).toEqual([demotion(2)]);
  });
});
