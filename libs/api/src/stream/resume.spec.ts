import { RESTORED_TYPE, RESTORES_STREAM, setRetention, type Position } from '@millwright/event-store';
import { factsStream } from '@millwright/events';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { RawClient } from '../testing/raw-client.fixture.js';
import { LINE, station, TestPlant } from '../testing/test-plant.fixture.js';

const DOCUMENT = `subscription ($under: ID, $after: Position) { samples(under: $under, after: $after) {
  __typename ... on SampleBatch { values position } ... on CaughtUp { position } ... on Gap { fromPosition toPosition reason } } }`;

interface Item {
  readonly __typename: 'SampleBatch' | 'CaughtUp' | 'Gap';
  readonly values: readonly number[];
  readonly position: string;
}
const itemsOf = (client: RawClient, id = '1'): Item[] => client.items(id).map(({ samples }) => samples as Item);
const valuesOf = (items: readonly Item[]): number[] =>
  items.flatMap((item) => (item.__typename === 'SampleBatch' ? item.values : []));

describe('resuming', () => {
  let plant: TestPlant;
  beforeEach(async () => void (plant = await TestPlant.start()));
  afterEach(() => plant.stop());

  it('from "0": everything recorded, then CaughtUp, then live', async () => {
    for (let i = 0; i < 700; i++) await plant.samples(station(1), { speed: i });
    const client = await RawClient.connect(plant);
    client.subscribe('1', DOCUMENT, { after: '0' });
    await client.until(() => client.messages.length === 702);
    for (let i = 700; i < 720; i++) await plant.samples(station(1), { speed: i });
    await client.until(() => client.messages.length === 722);
    const items = itemsOf(client);
    expect(valuesOf(items)).toEqual(Array.from({ length: 720 }, (_, i) => i));
    expect(items.findIndex(({ __typename }) => __typename === 'CaughtUp')).toBe(700);
    expect(items[700]!.position).toBe(items[699]!.position);
    client.cut();
  });

  it('from "0" has the very first event too', async () => {
    const first = (await plant.store.readAll({ maxCount: 1 })[Symbol.asyncIterator]().next()).value!;
    const client = await RawClient.connect(plant);
    client.subscribe('1', 'subscription { events(after: "0") { ... on EventBatch { events { id position } } } }');
    await client.until(() => client.items('1').length > 0);
    expect(client.items('1')[0].events.events[0]).toEqual({ id: first.id, position: String(first.position) });
    client.cut();
  });

  it('from far back, while more is recorded than the live feed remembers', async () => {
    const token = String(await plant.samples(station(1), { speed: -1 }));
    const count = 1_500;
    for (let i = 0; i < count; i++) await plant.samples(station(1), { speed: i });
    const client = await RawClient.connect(plant);
    client.subscribe('1', DOCUMENT, { after: token });
    for (let i = count; i < 2 * count; i++) await plant.samples(station(1), { speed: i });
    // The acknowledgement and CaughtUp come on top.
    await client.until(() => client.messages.length === 2 * count + 2);
    expect(valuesOf(itemsOf(client))).toEqual(Array.from({ length: 2 * count }, (_, i) => i));
    expect(itemsOf(client).filter(({ __typename }) => __typename === 'CaughtUp')).toHaveLength(1);
    client.cut();
  });

  it('from a token that the live feed has not reached: nothing before it is told', async () => {
    const token = await plant.samples(station(1), { speed: 1 });
    const client = await RawClient.connect(plant);
    // The event of the token and the next one reach the feed after the subscription has begun.
    client.subscribe('1', DOCUMENT, { after: String(token) });
    await plant.samples(station(1), { speed: 2 });
    await client.until(() => valuesOf(itemsOf(client)).length === 1);
    expect(valuesOf(itemsOf(client))).toEqual([2]);
    client.cut();
  });

  it('from a position of another stream at the head is live at once', async () => {
    const { position } = await plant.store.append('other', 'any', [
      { id: 'f0000000-0000-4000-8000-000000000001', type: 'Other', data: {}, metadata: { time: 0 } },
    ]);
    const client = await RawClient.connect(plant);
    client.subscribe('1', DOCUMENT, { after: String(position) });
    await client.until(() => itemsOf(client).length === 1);
    expect(itemsOf(client)).toEqual([{ __typename: 'CaughtUp', position: String(position) }]);
    await plant.samples(station(1), { speed: 5 });
    await plant.samples(station(1), { speed: 6 });
    await client.until(() => itemsOf(client).length === 3);
    expect(valuesOf(itemsOf(client))).toEqual([5, 6]);
    client.cut();
  });

  it('says Gap for a token beyond the head, and goes on from there', async () => {
    const head = await plant.settled();
    const client = await RawClient.connect(plant);
    client.subscribe('1', DOCUMENT, { after: '900000' });
    await client.until(() => itemsOf(client).length === 2);
    await plant.samples(station(1), { speed: 1 });
    await client.until(() => itemsOf(client).length === 3);
    const [gap, caughtUp, sample] = itemsOf(client);
    expect(gap).toMatchObject({
      __typename: 'Gap',
      fromPosition: '900000',
      toPosition: String(head),
      reason: expect.stringContaining('the log ends at'),
    });
    expect(caughtUp).toEqual({ __typename: 'CaughtUp', position: String(head) });
    expect(sample).toMatchObject({ values: [1] });
    client.cut();
  });

  it('says Gap for a token whose event the log no longer has, and goes on from the next one', async () => {
    const first = await plant.samples(station(1), { speed: 1 });
    const next = await plant.samples(station(1), { speed: 2 });
    for (let i = 0; i < 1_500; i++) await plant.state(station(2), 'idle');
    const client = await RawClient.connect(plant);
    client.subscribe('1', DOCUMENT, { after: String(first + 1n) });
    await client.until(() => itemsOf(client).length === 3);
    const [gap, sample, caughtUp] = itemsOf(client);
    expect(gap).toMatchObject({ __typename: 'Gap', fromPosition: String(first + 1n), toPosition: String(next) });
    expect(sample).toMatchObject({ values: [2] });
    expect(caughtUp).toMatchObject({ __typename: 'CaughtUp' });
    client.cut();
  });
});

describe('resuming in a log that was restored from a backup', () => {
  it('says Gap for a token beyond the backup, and goes on behind the restore; older tokens miss nothing', async () => {
    const plant = await TestPlant.start();
    const kept = await plant.samples(station(1), { speed: 1 });
    const restored = {
      id: 'f0000000-0000-4000-8000-000000000002',
      type: RESTORED_TYPE,
      data: { after: String(kept) },
      metadata: { time: 0 },
    };
    const { position } = await plant.store.append(RESTORES_STREAM, 'no-stream', [restored]);
    for (let i = 0; i < 1_500; i++) await plant.state(station(3), 'idle');
    await plant.samples(station(1), { speed: 2 });
    const client = await RawClient.connect(plant);
    client.subscribe('1', DOCUMENT, { after: String(kept + 5n) });
    client.subscribe('2', DOCUMENT, { after: String(kept) });
    await client.until(() => itemsOf(client, '1').length === 3 && itemsOf(client, '2').length === 2);
    expect(itemsOf(client, '1')[0]).toEqual({
      __typename: 'Gap',
      fromPosition: String(kept + 5n),
      toPosition: String(position),
      reason: expect.stringContaining(`restored from a backup that ends at ${kept}`),
    });
    expect([valuesOf(itemsOf(client, '1')), valuesOf(itemsOf(client, '2'))]).toEqual([[2], [2]]);
    client.cut();
    await plant.stop();
  });
});

describe('resuming from before what a scavenge has removed', () => {
  let plant: TestPlant;
  /** Positions of samples 0, 1, … of station 1; the live feed remembers none of them. */
  let samples: Position[];
  beforeEach(async () => {
    plant = await TestPlant.start();
    samples = [];
    for (let i = 0; i < 10; i++) {
      samples.push(await plant.samples(station(1), { speed: i }));
      await plant.samples(station(2), { speed: 100 + i });
    }
    for (let i = 0; i < 1_500; i++) await plant.state(station(3), 'idle');
    await plant.settled();
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await plant.stop();
  });

  /** Keeps the samples of station 1 from `first` on; its model goes too. */
  const scavenge = async (first: number): Promise<void> => {
    await setRetention(plant.store, factsStream(station(1)), { truncateBefore: BigInt(1 + first) });
    await plant.store.scavenge();
  };
  /** Items up to CaughtUp. */
  const resumed = async (after: Position | string, under?: string): Promise<Item[]> => {
    const client = await RawClient.connect(plant);
    client.subscribe('1', DOCUMENT, { after: String(after), under });
    await client.until(() => itemsOf(client).some(({ __typename }) => __typename === 'CaughtUp'));
    client.cut();
    return itemsOf(client);
  };
  const gap = (from: Position | string, to: Position): object => ({
    __typename: 'Gap',
    fromPosition: String(from),
    toPosition: String(to),
    reason: expect.stringContaining(`"${factsStream(station(1))}" and maybe others have lost events`),
  });

  it.each([
    ['the token itself is gone', () => samples[3]!, 7],
    ['the token is still there', () => samples[3]! + 10n, 6],
    ['it begins at "0"', () => '0', 10],
  ])('says Gap first, then what is left, where %s', async (_, token, ofStation2) => {
    await scavenge(7);
    const items = await resumed(token(), LINE);
    expect(items[0]).toEqual(gap(token(), samples[7]!));
    expect(items.filter(({ __typename }) => __typename === 'Gap')).toHaveLength(1);
    expect(valuesOf(items).filter((value) => value < 100)).toEqual([7, 8, 9]);
    expect(valuesOf(items).filter((value) => value >= 100)).toHaveLength(ofStation2);
  });

  it('says Gap when the scavenge comes while the backlog is read', async () => {
    const { store } = plant;
    const subscribe = store.subscribe.bind(store);
    vi.spyOn(store, 'subscribe').mockImplementationOnce(async function* (options) {
      await scavenge(7);
      yield* subscribe(options);
    });
    const items = await resumed(samples[3]!, station(1));
    expect(valuesOf(items)).toEqual([7, 8, 9]);
    expect(items.at(-2)).toEqual(gap(samples[3]!, samples[7]!));
  });

  it('says nothing where nothing is missing: later tokens, other assets', async () => {
    await scavenge(7);
    for (const [token, under, left] of [
      [samples[7]!, station(1), [8, 9]],
      [samples[8]!, LINE, [108, 9, 109]],
      [samples[1]! + 10n, station(2), [102, 103, 104, 105, 106, 107, 108, 109]],
    ] as const) {
      const items = await resumed(token, under);
      expect(items.some(({ __typename }) => __typename === 'Gap')).toBe(false);
      expect(valuesOf(items)).toEqual(left);
    }
  });

  it('says Gap to an asset whose every event is gone', async () => {
    await plant.store.deleteStream(factsStream(station(1)));
    const deleted = (await plant.store.head())!;
    await plant.store.scavenge();
    const [first] = await resumed(samples[3]!, station(1));
    expect(first).toEqual(gap(samples[3]!, deleted));
  });
});

describe('a subscriber that is cut again and again', () => {
  let plant: TestPlant;
  beforeAll(async () => void (plant = await TestPlant.start()));
  afterAll(() => plant.stop());

  it('and resumes with its last token has every event exactly once, in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat({ max: 30 }), { minLength: 20, maxLength: 20 }),
        async (cuts, pauses) => {
          const from = await plant.settled();
          const total = cuts.reduce((a, b) => a + b, 0) + 50;
          const writing = (async () => {
            for (let i = 0; i < total; i++) {
              await plant.samples(station(1 + (i % 5)), { speed: i });
              if (pauses[i % pauses.length]! < 10) await new Promise((resolve) => setImmediate(resolve));
            }
          })();
          const seen: Item[] = [];
          let token = String(from);
          for (const enough of [...cuts, Infinity]) {
            const client = await RawClient.connect(plant);
            client.subscribe('1', DOCUMENT, { under: LINE, after: token });
            const wanted = Math.min(enough, total - valuesOf(seen).length);
            await client.until(() => valuesOf(itemsOf(client)).length >= wanted);
            client.cut();
            seen.push(...itemsOf(client));
            token = seen.at(-1)?.position ?? token;
          }
          await writing;
          expect(valuesOf(seen)).toEqual(Array.from({ length: total }, (_, i) => i));
          const positions = seen.map(({ position }) => BigInt(position));
          expect(positions.every((position, i) => i === 0 || position >= positions[i - 1]!)).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });
});
