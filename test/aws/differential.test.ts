import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Incident } from '../../lib/model/incident.ts';
import fc from '../setup/fastCheck.ts';
import { policy } from '../simulation/catalogue.ts';
import type { Behaviour } from '../simulation/hosts.ts';
import { MINUTE, SECOND } from '../simulation/time.ts';
import { ADA, World } from '../simulation/world.ts';
import { type Ministack, startMinistack } from './ministack.ts';
import { awsStores } from './stores.ts';

let aws: Ministack;
const opened: World[] = [];
beforeAll(async () => {
  aws = await startMinistack();
});
afterEach(async () => {
  for (const world of opened.splice(0)) await world.close();
});
afterAll(() => aws.stop());

const HOSTS = ['h1', 'h2', 'h3'] as const;
type Step =
  | { readonly kind: 'breaks' | 'ends'; readonly host: string }
  | { readonly kind: 'does'; readonly host: string; readonly behaviour: Partial<Behaviour> }
  | { readonly kind: 'acknowledge' | 'close' | 'approve' | 'silence' | 'speech' }
  | { readonly kind: 'advance'; readonly length: number };

const host = fc.constantFrom(...HOSTS);
const behaviour: fc.Arbitrary<Partial<Behaviour>> = fc.record({
  sending: fc.constantFrom('accepts', 'accepts', 'refuses', 'lost', 'unsure'),
  exitCode: fc.constantFrom(0, 0, 1),
  cures: fc.boolean(),
  findable: fc.boolean(),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: host.map((one) => ({ kind: 'breaks' as const, host: one })) },
  { weight: 3, arbitrary: host.map((one) => ({ kind: 'ends' as const, host: one })) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('does' as const), host, behaviour }) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom('acknowledge' as const, 'close' as const, 'approve' as const, 'silence' as const, 'speech' as const)
      .map((kind) => ({ kind })),
  },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(SECOND, 20 * SECOND, 2 * MINUTE, 20 * MINUTE)
      .map((length) => ({ kind: 'advance' as const, length })),
  },
);

/** What a person does is refused where it does not fit; that it is refused in both is part of what is compared. */
async function byHand(world: World, kind: 'acknowledge' | 'close' | 'approve'): Promise<string> {
  const newest = (await world.incidents()).at(-1);
  if (newest === undefined) return 'nothing';
  const { operations } = world;
  try {
    if (kind === 'acknowledge') await operations.acknowledge(newest.id, ADA);
    else if (kind === 'close') await operations.close(newest.id, 'enough', ADA);
    else {
      const plan = newest.plans.at(-1);
      await operations.approve(newest.id, plan?.id ?? '', plan?.hash ?? '', ADA);
    }
    await world.work();
    return 'done';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

async function take(world: World, one: Step): Promise<string> {
  switch (one.kind) {
    case 'breaks':
      await world.breaks(one.host);
      return '';
    case 'ends':
      world.prometheus.set(one.host, 1);
      await world.webhook(world.alerts.ends(one.host));
      await world.work();
      return '';
    case 'does':
      world.hosts.does(one.host, one.behaviour);
      return '';
    case 'advance':
      await world.advance(one.length);
      return '';
    case 'silence':
    case 'speech':
      world.prometheus.down = one.kind === 'silence';
      return '';
    default:
      return byHand(world, one.kind);
  }
}

/** Ids are drawn by each world for itself: named here by the order in which they are met. */
function nameless(incidents: readonly Incident[]): unknown {
  const names = new Map<string, string>();
  const named = (id: string) => {
    const known = names.get(id) ?? `#${names.size}`;
    names.set(id, known);
    return known;
  };
  const text = JSON.stringify(incidents).replaceAll(/\b(inc|sig|plan|dec|win)_[0-9a-z]+/g, named);
  // The hash of a plan covers its id.
  return JSON.parse(text.replaceAll(/"(hash|planHash)":"[0-9a-f]{64}"/g, '"$1":""'));
}

async function played(world: World, steps: readonly Step[]): Promise<unknown> {
  opened.push(world);
  const answers: string[] = [];
  for (const one of steps) answers.push(await take(world, one));
  // Each channel has a lane of its own: which of two hears first is nobody's promise.
  const told = Map.groupBy(world.people.told, ({ channel }) => channel);
  const heard = ['chat', 'pager', 'boss'].map((one) => told.get(one)?.map(({ purpose, at }) => ({ purpose, at })));
  const { hosts } = world;
  const ran = hosts.arrivals.map(({ host: on, runbook, at }) => ({ on, runbook, at }));
  return { answers, incidents: nameless(await world.incidents()), heard, ran, errors: world.errors.length };
}

const policies = [
  policy({ autonomyByCluster: {} }),
  policy({ name: 'by-hand', autonomy: 'approve' as const }),
] as const;

test('the same trace ends the same, whether it is kept in a file or in DynamoDB, SQS and S3', async () => {
  const trace = fc.tuple(fc.constantFrom(0, 0, 1), fc.array(step, { minLength: 6, maxLength: 16 }));
  await fc.assert(
    fc.asyncProperty(trace, async ([which, steps]) => {
      const options = { hosts: HOSTS.length, policies: [policies[which] ?? policies[0]] };
      const embedded = await played(await World.open(options), steps);
      const cloud = await played(await World.open({ ...options, stores: await awsStores(aws) }), steps);
      expect(cloud).toEqual(embedded);
    }),
    { numRuns: Number(process.env.RUNS ?? 15), endOnFailure: true },
  );
}, 300_000);
