import { randomUUID } from 'node:crypto';
import {
  BACKWARDS,
  binaryEvent,
  END,
  jsonEvent,
  NO_STREAM,
  START,
  STREAM_EXISTS,
  StreamDeletedError,
  StreamNotFoundError,
  streamNameFilter,
  eventTypeFilter,
  excludeSystemEvents,
  WrongExpectedVersionError,
  type EventStoreDBClient,
} from '@eventstore/db-client';
import { afterEach, describe, expect, test } from 'vitest';
import { collect, MemoryRecordLog } from '@millwright/event-store/testing';
import { NodeRig } from './node.fixture.js';

const rig = new NodeRig();
afterEach(() => rig.close());

const events = (count: number, type = 'Happened'): ReturnType<typeof jsonEvent>[] =>
  Array.from({ length: count }, (_, n) => jsonEvent({ type, data: { n }, metadata: { time: n } }));

const numbers = async (client: EventStoreDBClient, stream: string, options = {}): Promise<number[]> =>
  (await collect(client.readStream(stream, options))).map(({ event }) => (event!.data as { n: number }).n);

/** Batch append and the client-streaming call of before it, which clients take when credentials come with the call. */
describe.each([
  ['batch', {}],
  ['single', { credentials: { username: 'a', password: 'b' } }],
])('append by the %s call', (_, extra) => {
  test('gives the revision and the position, and keeps json and bytes as they were', async () => {
    const client = await rig.open();
    const data = { text: 'Grüße \u0000 🏭', deep: [1.5, null, { a: [] }] };
    const bytes = Uint8Array.from([0, 255, 128, 10]);
    const json = jsonEvent({ type: 'Größe', data, metadata: { time: 1 } });
    const binary = binaryEvent({ type: 'Bytes', data: bytes, metadata: bytes });
    const result = await client.appendToStream('straße-🏭', [json, binary], { expectedRevision: NO_STREAM, ...extra });
    expect(result).toMatchObject({ success: true, nextExpectedRevision: 1n });
    const [first, second] = await collect(client.readStream('straße-🏭'));
    expect(first!.event).toMatchObject({ id: json.id, type: 'Größe', data, metadata: { time: 1 }, isJson: true });
    expect(second!.event).toMatchObject({ id: binary.id, isJson: false, revision: 1n });
    expect(Buffer.from(second!.event!.data as Uint8Array)).toEqual(Buffer.from(bytes));
    expect(Buffer.from(second!.event!.metadata as unknown as Uint8Array)).toEqual(Buffer.from(bytes));
    expect(second!.event!.position).toEqual(result.position);
    expect(Math.abs(first!.event!.created.getTime() - Date.now())).toBeLessThan(60_000);
  });

  test('says what the stream is at when it is elsewhere', async () => {
    const client = await rig.open();
    await client.appendToStream('s', events(3));
    const append = client.appendToStream('s', events(1), { expectedRevision: 7n, ...extra });
    const error = await append.catch((e: unknown) => e as WrongExpectedVersionError);
    expect(error).toBeInstanceOf(WrongExpectedVersionError);
    expect(error).toMatchObject({ expectedVersion: 7n, actualVersion: 2n, streamName: 's' });
    const absent = client.appendToStream('absent', events(1), { expectedRevision: STREAM_EXISTS, ...extra });
    await expect(absent).rejects.toMatchObject({ expectedVersion: 'stream_exists', actualVersion: 'no_stream' });
  });

  test('twice by the same ids is once', async () => {
    const client = await rig.open();
    const batch = events(2);
    const first = await client.appendToStream('s', batch, { expectedRevision: NO_STREAM, ...extra });
    expect(await client.appendToStream('s', batch, { expectedRevision: NO_STREAM, ...extra })).toEqual(first);
    expect(await numbers(client, 's')).toEqual([0, 1]);
  });

  test('refuses more than 1 MiB with the limit', async () => {
    const client = await rig.open();
    const large = jsonEvent({ type: 'Large', data: { text: 'x'.repeat(1024 * 1024) } });
    await expect(client.appendToStream('s', large, extra)).rejects.toMatchObject({
      type: 'maximum-append-size-exceeded',
    });
    await expect(collect(client.readStream('s'))).rejects.toBeInstanceOf(StreamNotFoundError);
  });

  test('of no events only asks where the stream is', async () => {
    const client = await rig.open();
    await client.appendToStream('s', events(2));
    expect(await client.appendToStream('s', [], { expectedRevision: 1n, ...extra })).toMatchObject({ success: true });
    await expect(client.appendToStream('s', [], { expectedRevision: 5n, ...extra })).rejects.toBeInstanceOf(
      WrongExpectedVersionError,
    );
  });

  test('many at once: each answered with its own place', async () => {
    const client = await rig.open();
    const batches = Array.from({ length: 200 }, () => events(1));
    const results = await Promise.all(
      batches.map((batch, i) => client.appendToStream(`s-${i % 5}`, batch, extra).then((r) => ({ batch, r, i }))),
    );
    for (const { batch, r, i } of results) {
      const [read] = await collect(
        client.readStream(`s-${i % 5}`, { fromRevision: r.nextExpectedRevision, maxCount: 1 }),
      );
      expect(read!.event!.id).toBe(batch[0]!.id);
    }
  });
});

describe('read', () => {
  test.each([
    [{}, [0, 1, 2, 3, 4]],
    [{ fromRevision: 3n }, [3, 4]],
    [{ fromRevision: START, maxCount: 2 }, [0, 1]],
    [{ fromRevision: END }, []],
    [{ direction: BACKWARDS, fromRevision: END }, [4, 3, 2, 1, 0]],
    [{ direction: BACKWARDS, fromRevision: START }, [0]],
    [{ direction: BACKWARDS, fromRevision: 2n, maxCount: 2 }, [2, 1]],
  ] as const)('of a stream with %o', async (options, expected) => {
    const client = await rig.open();
    await client.appendToStream('s', events(5));
    expect(await numbers(client, 's', options)).toEqual(expected);
  });

  test('of an absent stream is "not found", of a tombstoned one "deleted"', async () => {
    const client = await rig.open();
    await expect(collect(client.readStream('absent'))).rejects.toBeInstanceOf(StreamNotFoundError);
    await client.appendToStream('s', events(1));
    await client.tombstoneStream('s');
    await expect(collect(client.readStream('s'))).rejects.toBeInstanceOf(StreamDeletedError);
    await expect(client.appendToStream('s', events(1))).rejects.toBeInstanceOf(StreamDeletedError);
  });

  test('of $all, both ways, and from a position: forwards with it, backwards before it', async () => {
    const client = await rig.open();
    await client.appendToStream('a', events(2));
    await client.appendToStream('b', events(2));
    const all = await collect(client.readAll());
    expect(all.map(({ event }) => [event!.streamId, event!.revision])).toEqual([
      ['a', 0n],
      ['a', 1n],
      ['b', 0n],
      ['b', 1n],
    ]);
    const ids = (list: typeof all): string[] => list.map(({ event }) => event!.id);
    const fromPosition = all[2]!.event!.position!;
    expect(ids(await collect(client.readAll({ fromPosition })))).toEqual(ids(all.slice(2)));
    const back = await collect(client.readAll({ direction: BACKWARDS, fromPosition }));
    expect(ids(back)).toEqual(ids(all.slice(0, 2).reverse()));
    expect(ids(await collect(client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 })))).toEqual(
      ids(all.slice(3)),
    );
  });
});

describe('subscribe', () => {
  test('to a stream from a revision: what is there, caught up, what comes', async () => {
    const client = await rig.open();
    await client.appendToStream('s', events(3));
    await client.appendToStream('s-longer', events(3));
    const subscription = client.subscribeToStream('s', { fromRevision: 0n });
    const seen: bigint[] = [];
    const caughtUp = new Promise<void>((resolve) => subscription.on('caughtUp', () => resolve()));
    const all = new Promise<void>((resolve) =>
      subscription.on('data', ({ event }) => seen.push(event!.revision) === 4 && resolve()),
    );
    await caughtUp;
    expect(seen).toEqual([1n, 2n]);
    await client.appendToStream('s', events(2));
    await all;
    expect(seen).toEqual([1n, 2n, 3n, 4n]);
    await subscription.unsubscribe();
  });

  test('to $all with a filter: only what matches, with checkpoints for what does not', async () => {
    const client = await rig.open();
    await client.appendToStream('wanted-1', events(2));
    await client.appendToStream('other', events(2));
    const checkpoints: bigint[] = [];
    const subscription = client.subscribeToAll({
      filter: streamNameFilter({
        prefixes: ['wanted-'],
        maxSearchWindow: 2,
        checkpointInterval: 2,
        checkpointReached: async (_, position) => void checkpoints.push(position.commit),
      }),
    });
    const seen: string[] = [];
    const third = new Promise<void>((resolve) =>
      subscription.on('data', ({ event }) => seen.push(event!.streamId) === 3 && resolve()),
    );
    await new Promise<void>((resolve) => subscription.on('caughtUp', () => resolve()));
    await client.appendToStream('other', events(8));
    await client.appendToStream('wanted-2', events(1));
    await third;
    expect(seen).toEqual(['wanted-1', 'wanted-1', 'wanted-2']);
    expect(checkpoints.length).toBeGreaterThanOrEqual(3);
    expect(checkpoints).toEqual(checkpoints.toSorted((a, b) => Number(a - b)));
    await subscription.unsubscribe();
  });

  test('to $all with a filter that nothing passes: a checkpoint at the end of what was looked through', async () => {
    const log = new MemoryRecordLog({ tail: { maxEvents: 2 } });
    const client = await rig.open({ log });
    await client.appendToStream('other', events(20));
    const checkpoints: bigint[] = [];
    const subscription = client.subscribeToAll({
      filter: streamNameFilter({
        prefixes: ['wanted-'],
        checkpointReached: async (_, position) => void checkpoints.push(position.commit),
      }),
    });
    await new Promise<void>((resolve) => subscription.on('data', () => undefined).on('caughtUp', () => resolve()));
    expect(checkpoints.at(-1)).toBe(await log.head());
    await subscription.unsubscribe();
  });

  test.each([
    ['stream regex', streamNameFilter({ regex: '^a-\\d$' }), ['a-1']],
    ['type prefix', eventTypeFilter({ prefixes: ['Odd'] }), ['b']],
    ['type regex', eventTypeFilter({ regex: 'd{2}$' }), ['b']],
    ['no system events', excludeSystemEvents(), ['a-1', 'b']],
  ])('filters by %s, what was there and what comes', async (_, filter, streams) => {
    const client = await rig.open();
    const write = async (): Promise<void> => {
      await client.appendToStream('a-1', events(1));
      await client.appendToStream('b', events(1, 'Odd'));
      await client.setStreamMetadata('b', { maxCount: 5 });
    };
    await write();
    const subscription = client.subscribeToAll({ filter });
    const seen: string[] = [];
    const all = new Promise<void>((resolve) =>
      subscription.on('data', ({ event }) => seen.push(event!.streamId) === 2 * streams.length && resolve()),
    );
    await new Promise<void>((resolve) => subscription.on('caughtUp', () => resolve()));
    expect(seen).toEqual(streams);
    await write();
    await all;
    expect(seen).toEqual([...streams, ...streams]);
    await subscription.unsubscribe();
  });
});

describe('metadata, deletion', () => {
  test('metadata are read as they were set, and $maxCount holds', async () => {
    const client = await rig.open();
    await client.appendToStream('s', events(5));
    await client.setStreamMetadata<{ owner: string }>('s', { maxCount: 2, owner: 'me' });
    expect((await client.getStreamMetadata('s')).metadata).toMatchObject({ maxCount: 2, owner: 'me' });
    expect(await numbers(client, 's')).toEqual([3, 4]);
  });

  test('a deleted stream is not found, and goes on at its next revision', async () => {
    const client = await rig.open();
    await client.appendToStream('s', events(2));
    await expect(client.deleteStream('s', { expectedRevision: 9n })).rejects.toBeInstanceOf(WrongExpectedVersionError);
    await client.deleteStream('s', { expectedRevision: 1n });
    await expect(collect(client.readStream('s'))).rejects.toBeInstanceOf(StreamNotFoundError);
    const result = await client.appendToStream('s', events(1), { expectedRevision: NO_STREAM });
    expect(result.nextExpectedRevision).toBe(2n);
    expect((await collect(client.readStream('s'))).map(({ event }) => event!.revision)).toEqual([2n]);
  });

  test('ids come as structured bits to clients that ask so', async () => {
    const client = await rig.open();
    const id = randomUUID();
    await client.appendToStream('s', jsonEvent({ id, type: 'T', data: {} }));
    const [read] = await collect(client.readStream('s'));
    expect(read!.event!.id).toBe(id);
  });
});
