import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Millis } from '../../lib/model/basic.ts';
import type { Queue, QueueMessage, ReceivedMessage } from '../../lib/ports/queue.ts';

/**
 * One empty queue, made with `maxWaiting` 20 where the store has such a bound (`bounded`). Time is the harness's: `pass` moves
 * a clock where the store takes its time from `receive`, and waits where the store has a clock of its own.
 */
export interface OpenedQueue {
  readonly queue: Queue;
  readonly visibility: number;
  readonly maxAttempts: number;
  readonly bounded: boolean;
  /** Whether the store knows why a message died and how old its oldest is; SQS keeps neither. */
  readonly tells: boolean;
  now(): Millis;
  pass(time: number): Promise<void>;
  reopen(): Promise<Queue>;
  dispose(): Promise<void>;
}

export const message = (id: string, group = 'g', body: unknown = { id }): QueueMessage => ({ id, group, body });

/** Every promise of lib/ports/queue.ts; each store passes it. */
export function queueContract(name: string, open: () => Promise<OpenedQueue>): void {
  describe(`${name} keeps the queue's promises`, () => {
    let opened: OpenedQueue;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.dispose());

    deliveryContract(() => opened);
    poisonContract(() => opened);
    pressureContract(() => opened);
  });
}

type Opened = () => OpenedQueue;

const receive = (opened: OpenedQueue, limit = 10) => opened.queue.receive(limit, opened.now());
const idsOf = (messages: readonly { readonly id: string }[]) => messages.map(({ id }) => id);
const only = (messages: readonly ReceivedMessage[]): ReceivedMessage => {
  expect(messages).toHaveLength(1);
  const [first] = messages;
  if (first === undefined) throw new Error('nothing was received');
  return first;
};

function deliveryContract(opened: Opened): void {
  test('an empty queue gives nothing', async () => {
    expect(await receive(opened())).toEqual([]);
    expect(await opened().queue.depth()).toEqual({ waiting: 0, dead: 0, oldest: null });
  });

  test('a message arrives complete, and is gone when acknowledged', async () => {
    const body = { text: 'größer "than" \u0000', list: [1, null, true] };
    await opened().queue.put([message('m1', 'a/a1/redis', body)]);
    const got = only(await receive(opened()));
    expect(got).toMatchObject({ id: 'm1', group: 'a/a1/redis', body, attempt: 1 });
    await opened().queue.ack([got.receipt]);
    await opened().pass(opened().visibility);
    expect(await receive(opened())).toEqual([]);
    expect((await opened().queue.depth()).waiting).toBe(0);
  });

  test('a group is handed out in order, one after the other', async () => {
    await opened().queue.put([message('m1'), message('m2')]);
    await opened().queue.put([message('m3')]);
    const order: string[] = [];
    for (let turn = 0; turn < 3; turn++) {
      const got = only(await receive(opened(), 1));
      expect(await receive(opened())).toEqual([]);
      order.push(got.id);
      await opened().queue.ack([got.receipt]);
    }
    expect(order).toEqual(['m1', 'm2', 'm3']);
  });

  test('groups do not wait for each other, and the limit is kept', async () => {
    await opened().queue.put([message('m1', 'x'), message('m2', 'x'), message('m3', 'y'), message('m4', 'z')]);
    expect(idsOf(await receive(opened(), 1))).toEqual(['m1']);
    expect(idsOf(await receive(opened(), 1))).toEqual(['m3']);
    expect(idsOf(await receive(opened()))).toEqual(['m4']);
  });

  test('the same id is kept once: in one put, in a later one, and after it was acknowledged', async () => {
    await opened().queue.put([message('m1', 'g', 'first'), message('m1', 'g', 'again')]);
    await opened().queue.put([message('m1', 'h', 'later')]);
    const got = only(await receive(opened()));
    expect(got.body).toBe('first');
    await opened().queue.ack([got.receipt]);
    await opened().queue.put([message('m1')]);
    expect(await receive(opened())).toEqual([]);
    expect((await opened().queue.depth()).waiting).toBe(0);
  });

  test('concurrent receivers never get the same message', async () => {
    await opened().queue.put(Array.from({ length: 12 }, (_, at) => message(`m${at}`, `g${at}`)));
    const got = (await Promise.all(Array.from({ length: 6 }, () => receive(opened(), 4)))).flat();
    expect(idsOf(got).sort()).toEqual(idsOf(Array.from({ length: 12 }, (_, at) => message(`m${at}`))).sort());
  });

  test('what was put is there after a restart, and what was acknowledged is not', async () => {
    await opened().queue.put([message('m1', 'x'), message('m2', 'y'), message('m3', 'z')]);
    const [first] = await receive(opened(), 1);
    await opened().queue.ack([String(first?.receipt)]);
    const again = await opened().reopen();
    expect((await again.depth()).waiting).toBe(2);
    expect(idsOf(await again.receive(10, opened().now()))).toEqual(['m2', 'm3']);
  });
}

function poisonContract(opened: Opened): void {
  test('unacknowledged it is hidden, then comes again before those behind it', async () => {
    await opened().queue.put([message('m1'), message('m2')]);
    const first = only(await receive(opened(), 1));
    await opened().pass(opened().visibility / 2);
    expect(await receive(opened())).toEqual([]);
    await opened().pass(opened().visibility / 2);
    const second = only(await receive(opened(), 1));
    expect(second).toMatchObject({ id: 'm1', attempt: 2 });
    expect(second.receipt).not.toBe(first.receipt);
  });

  test('the receipt of an earlier delivery does nothing', async () => {
    await opened().queue.put([message('m1')]);
    const first = only(await receive(opened()));
    await opened().pass(opened().visibility);
    const second = only(await receive(opened()));
    await opened().queue.ack([first.receipt, 'nonsense', '1.2.3', '']);
    await opened().queue.fail(first.receipt, 'late', opened().now());
    expect(await receive(opened())).toEqual([]);
    await opened().queue.ack([second.receipt]);
    await opened().queue.ack([second.receipt]);
    expect((await opened().queue.depth()).waiting).toBe(0);
  });

  test('a failed one comes again at its time and none of its group before it', async () => {
    await opened().queue.put([message('m1', 'x'), message('m2', 'x'), message('m3', 'y')]);
    const [first] = await receive(opened(), 1);
    await opened().queue.fail(String(first?.receipt), 'no', opened().now() + 2000);
    const other = only(await receive(opened()));
    expect(other.id).toBe('m3');
    await opened().queue.ack([other.receipt]);
    await opened().pass(2000);
    expect(only(await receive(opened(), 1))).toMatchObject({ id: 'm1', attempt: 2 });
  });

  /** Receives and fails `m1` until it has been handed out as often as it may be. */
  const poison = async () => {
    for (let attempt = 1; attempt <= opened().maxAttempts; attempt++) {
      const got = only(await receive(opened(), 1));
      expect(got).toMatchObject({ id: 'm1', attempt });
      await opened().queue.fail(got.receipt, `broken ${attempt}`, opened().now());
    }
  };

  test('poison goes to the dead letters with its reason, and its group goes on', async () => {
    await opened().queue.put([message('m1', 'g', 'bad'), message('m2')]);
    await poison();
    expect(only(await receive(opened(), 1)).id).toBe('m2');
    const reason = opened().tells ? `broken ${opened().maxAttempts}` : expect.stringMatching(/./);
    expect(await opened().queue.deadLetters(5)).toEqual([{ id: 'm1', group: 'g', body: 'bad', reason }]);
    expect(await opened().queue.depth()).toMatchObject({ waiting: 1, dead: 1 });
  });

  test('one that is never answered dies too, in the receive that would be one too many', async () => {
    await opened().queue.put([message('m1'), message('m2')]);
    for (let attempt = 1; attempt <= opened().maxAttempts; attempt++) {
      expect(only(await receive(opened(), 1))).toMatchObject({ id: 'm1', attempt });
      await opened().pass(opened().visibility);
    }
    expect(only(await receive(opened(), 1)).id).toBe('m2');
    expect(idsOf(await opened().queue.deadLetters(5))).toEqual(['m1']);
    expect((await opened().queue.deadLetters(5))[0]?.reason).not.toBe('');
  });

  test('a dead id is known: it is not put again by its sender', async () => {
    await opened().queue.put([message('m1')]);
    await poison();
    await opened().queue.put([message('m1')]);
    expect(await receive(opened())).toEqual([]);
  });

  test('redrive brings the dead back with new attempts', async () => {
    await opened().queue.put([message('m1', 'g', 'bad')]);
    await poison();
    expect(await receive(opened())).toEqual([]);
    expect(await opened().queue.redrive()).toBe(1);
    expect(await opened().queue.depth()).toMatchObject({ waiting: 1, dead: 0 });
    const got = only(await receive(opened()));
    expect(got).toMatchObject({ id: 'm1', group: 'g', body: 'bad', attempt: 1 });
    await opened().queue.ack([got.receipt]);
    expect(await opened().queue.redrive()).toBe(0);
  });

  test('a message that is brought back does not pass one of its group that is being worked on', async () => {
    await opened().queue.put([message('m1'), message('m2')]);
    await poison();
    const working = only(await receive(opened(), 1));
    await opened().queue.redrive();
    expect(await receive(opened())).toEqual([]);
    await opened().queue.ack([working.receipt]);
    expect(only(await receive(opened())).id).toBe('m1');
  });
}

function pressureContract(opened: Opened): void {
  const many = (from: number, count: number) =>
    Array.from({ length: count }, (_, at) => message(`m${from + at}`, `g${from + at}`));

  test('too much waiting refuses the whole put, knows what it has, and takes more when some is done', async () => {
    if (!opened().bounded) return;
    await opened().queue.put(many(0, 18));
    await expect(opened().queue.put(many(18, 3))).rejects.toMatchObject({
      kind: 'busy',
      code: 'queue.full',
      retryable: true,
    });
    expect((await opened().queue.depth()).waiting).toBe(18);
    await opened().queue.put(many(16, 4));
    await opened().queue.put(many(0, 20));
    const [first] = await receive(opened(), 1);
    await opened().queue.ack([String(first?.receipt)]);
    await opened().queue.put(many(20, 1));
    expect((await opened().queue.depth()).waiting).toBe(20);
  });

  test('depth tells how long the oldest has waited', async () => {
    if (!opened().tells) return;
    const since = opened().now();
    await opened().queue.put([message('m1')]);
    await opened().pass(1000);
    await opened().queue.put([message('m2')]);
    const { oldest } = await opened().queue.depth();
    expect(Number(oldest)).toBeGreaterThanOrEqual(since);
    expect(Number(oldest)).toBeLessThan(since + 1000);
  });
}
