import { GOOD } from '@millwright/events';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InFlight } from './in-flight.js';

interface Offer {
  readonly values: unknown[];
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

const scene = (limit = 100) => {
  const offers: Offer[] = [];
  const acks: number[] = [];
  const refusals: unknown[] = [];
  let proceeded = 0;
  const inFlight = new InFlight({
    limit,
    read: ({ text }, into) => text !== 'unreadable' && into.push({ signal: 'a:x', value: text, status: GOOD }),
    offer: (samples) =>
      new Promise((resolve, reject) => offers.push({ values: samples.map((s) => s.value), resolve, reject })),
  });
  const begin = (sessionPresent: boolean): void =>
    inFlight.begin(sessionPresent, {
      acknowledge: (ids) => acks.push(...ids),
      onRefused: (error) => refusals.push(error),
    });
  const take = (id: number, text: string, again = false): void =>
    inFlight.take(id, { topic: 't', text, again }, () => proceeded++);
  begin(false);
  return { inFlight, offers, acks, refusals, begin, take, proceeded: () => proceeded };
};
/** The end of one turn of the event loop: microtasks have run. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('messages in flight', () => {
  test('those of one turn are one offer, and are acknowledged when it is durable', async () => {
    const { take, offers, acks } = scene();
    take(1, 'a');
    take(2, 'b');
    await turn();
    expect(offers.map((o) => o.values)).toEqual([['a', 'b']]);
    expect(acks).toEqual([]);
    offers[0]!.resolve();
    await turn();
    expect(acks).toEqual([1, 2]);
  });

  test('many offers are under way at once; acknowledgements keep the order of arrival', async () => {
    const { take, offers, acks } = scene();
    for (const id of [1, 2, 3]) {
      take(id, `${id}`);
      await turn();
    }
    expect(offers).toHaveLength(3);
    offers[2]!.resolve();
    offers[1]!.resolve();
    await turn();
    expect(acks).toEqual([]);
    offers[0]!.resolve();
    await turn();
    expect(acks).toEqual([1, 2, 3]);
  });

  test('a message without samples is acknowledged in its turn', async () => {
    const { take, offers, acks } = scene();
    take(1, 'a');
    await turn();
    take(2, 'unreadable');
    await turn();
    expect([offers.length, acks]).toEqual([1, []]);
    offers[0]!.resolve();
    await turn();
    expect(acks).toEqual([1, 2]);
  });

  test('at the limit the next message waits until there is room', async () => {
    const { take, offers, inFlight, proceeded } = scene(2);
    take(1, 'a');
    expect([proceeded(), inFlight.full]).toEqual([1, false]);
    take(2, 'b');
    expect([proceeded(), inFlight.full]).toEqual([1, true]);
    await turn();
    offers[0]!.resolve();
    await turn();
    expect([proceeded(), inFlight.full]).toEqual([2, false]);
  });

  test('the limit counts what an earlier connection left with the sink', async () => {
    const { take, offers, inFlight, begin, proceeded } = scene(2);
    take(1, 'a');
    inFlight.end();
    begin(false);
    take(7, 'b');
    expect([proceeded(), inFlight.full]).toEqual([1, true]);
    offers[0]!.resolve();
    await turn();
    expect([proceeded(), inFlight.full]).toEqual([2, false]);
  });

  test('idle waits for the last acknowledgement', async () => {
    const { take, offers, acks, inFlight } = scene();
    take(1, 'a');
    const idle = inFlight.idle().then(() => [...acks]);
    offers[0]!.resolve();
    expect(await idle).toEqual([1]);
    await inFlight.idle();
  });
});

describe('after a reconnect', () => {
  test('what was taken is not offered again: it is acknowledged when the first offer is durable', async () => {
    const { take, offers, acks, inFlight, begin } = scene();
    take(1, 'a');
    take(2, 'b');
    await turn();
    inFlight.end();
    begin(true);
    take(1, 'a', true);
    take(2, 'b', true);
    take(3, 'c', true);
    await turn();
    expect(offers.map((o) => o.values)).toEqual([['a', 'b'], ['c']]);
    offers[1]!.resolve();
    await turn();
    expect(acks).toEqual([]);
    offers[0]!.resolve();
    await turn();
    expect(acks).toEqual([1, 2, 3]);
  });

  test('what was durable before, but could not be acknowledged, is so at once', async () => {
    const { take, offers, acks, inFlight, begin } = scene();
    take(1, 'a');
    inFlight.end();
    offers[0]!.resolve();
    await turn();
    expect(acks).toEqual([]);
    begin(true);
    take(1, 'a', true);
    await turn();
    expect([offers.length, acks]).toEqual([1, [1]]);
  });

  test.each([
    ['the broker kept no session', false, 1, 'a', true],
    ['the message is another one', true, 1, 'other', true],
    ['the broker does not call it sent before', true, 1, 'a', false],
    ['the id is another one', true, 2, 'a', true],
  ])('it is offered when %s', async (_, session, id, text, again) => {
    const { take, offers, inFlight, begin } = scene();
    take(1, 'a');
    inFlight.end();
    begin(session);
    take(id, text, again);
    await turn();
    expect(offers.map((o) => o.values)).toEqual([['a'], [text]]);
  });

  test('what the sink refused is never acknowledged, and offered again', async () => {
    const { take, offers, acks, refusals, inFlight, begin } = scene();
    take(1, 'a');
    await turn();
    offers[0]!.reject(new Error('closed'));
    await turn();
    expect([acks, refusals]).toEqual([[], [new Error('closed')]]);
    inFlight.end();
    begin(true);
    take(1, 'a', true);
    await turn();
    expect(offers.map((o) => o.values)).toEqual([['a'], ['a']]);
    offers[1]!.resolve();
    await turn();
    expect(acks).toEqual([1]);
  });
});

test('whatever the order of answers: each message is acknowledged once, in order, and only after its offer', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 10 }),
      fc.infiniteStream(fc.nat()),
      async (groups, picks) => {
        const { take, offers, acks } = scene();
        let id = 0;
        const endOfOffer: number[] = [];
        for (const size of groups) {
          for (let i = 0; i < size; i++) take(++id, `${id}`);
          endOfOffer.push(id);
          await turn();
        }
        const open = offers.map((_, i) => i);
        const answered = new Set<number>();
        while (open.length > 0) {
          const [next] = open.splice(picks.next().value! % open.length, 1);
          offers[next!]!.resolve();
          answered.add(next!);
          await turn();
          const firstOpen = groups.findIndex((_, i) => !answered.has(i));
          const durable = firstOpen === -1 ? id : firstOpen === 0 ? 0 : endOfOffer[firstOpen - 1]!;
          expect(acks).toEqual(Array.from({ length: durable }, (_, i) => i + 1));
        }
      },
    ),
    { numRuns: 50 },
  );
});
