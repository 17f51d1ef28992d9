import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { streams } from '@millwright/esdb-protocol';
import type { LogRecord, NewRecord, SubscribeOptions, SubscriptionItem } from '@millwright/event-store';
import { collect, MemoryRecordLog } from '@millwright/event-store/testing';
import { jsonEvent } from '@eventstore/db-client';
import { afterEach, expect, test } from 'vitest';
import { NodeRig } from './node.fixture.js';
import { allRequest, subscription, type RawCall } from './raw.fixture.js';

const rig = new NodeRig();
afterEach(() => rig.close());

const EVENT_BYTES = 100_000;
const MIB = 1024 * 1024;

const event = (): NewRecord => ({ id: randomUUID(), type: 'T', data: 'x'.repeat(EVENT_BYTES), metadata: '' });

/** Counts the bytes that each reader has taken, in the order in which they began; keeps few in memory for the live ones. */
class CountingLog extends MemoryRecordLog {
  readonly taken: number[] = [];

  constructor() {
    super({ tail: { maxBytes: 4 * MIB } });
  }

  override subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionItem<LogRecord>> {
    const items = super.subscribe({ ...options, maxBatch: 10 });
    const mine = this.taken.push(0) - 1;
    const count = (record: LogRecord): void => void (this.taken[mine]! += record.data.length);
    return {
      [Symbol.asyncIterator]: () => {
        const iterator = items[Symbol.asyncIterator]();
        return {
          next: async () => {
            const item = await iterator.next();
            if (!item.done && item.value.kind === 'events') item.value.events.forEach(count);
            return item;
          },
          return: () => iterator.return!(),
        };
      },
    };
  }

  override async *readAll(options = {}): AsyncGenerator<LogRecord> {
    const mine = this.taken.push(0) - 1;
    for await (const record of super.readAll(options)) {
      this.taken[mine]! += record.data.length;
      yield record;
    }
  }
}

const kinds = (call: RawCall): number[] =>
  call.messages.map((message) => streams.ReadResp.deserializeBinary(message).getContentCase());

test('a subscriber that stops reading costs a bounded buffer; others go on, and it loses nothing', async () => {
  const { CAUGHT_UP, EVENT, FELL_BEHIND } = streams.ReadResp.ContentCase;
  const log = new CountingLog();
  const { port, connectionString } = await rig.node({ log, maxBufferedBytes: MIB });
  const stuck = (await rig.raw(port)).request('Read', subscription());
  await stuck.until(2);
  expect(kinds(stuck)[1]).toBe(CAUGHT_UP);
  stuck.stream.pause();

  const client = rig.client(connectionString);
  const live = client.subscribeToAll();
  let seen = 0;
  const count = 525;
  const all = new Promise<void>((resolve) => live.on('data', () => ++seen === count && resolve()));
  await once(live, 'confirmation');
  for (let i = 0; i < count; i++) await log.append('s', 'any', [event()]);
  await all;
  // Its buffer, the batch at hand, and what the connection holds.
  expect(log.taken[0]).toBeLessThan(4 * MIB);
  await client.appendToStream('other', jsonEvent({ type: 'T', data: {} }));

  stuck.stream.resume();
  await expect.poll(() => stuck.messages.length, { timeout: 20_000 }).toBe(count + 5);
  const events = stuck.messages
    .map((message) => streams.ReadResp.deserializeBinary(message).getEvent()?.getEvent())
    .filter((each) => each !== undefined);
  expect(events.map((each) => Number(each.getStreamRevision()))).toEqual([...Array(count).keys(), 0]);
  expect(
    kinds(stuck)
      .filter((kind) => kind !== EVENT)
      .slice(-2),
    'it is told what happened to it',
  ).toEqual([FELL_BEHIND, CAUGHT_UP]);
  await live.unsubscribe();
});

test('a read that its client leaves is not gone on with', async () => {
  const log = new CountingLog();
  for (let i = 0; i < 300; i++) await log.append('s', 'any', [event()]);
  const { port, health } = await rig.node({ log });
  const call = (await rig.raw(port)).request(
    'Read',
    allRequest((options) => options.setCount('1000')),
  );
  call.stream.pause();
  await expect.poll(() => log.taken[0]).toBeGreaterThan(0);
  call.stream.close(8);
  await expect.poll(() => health().calls).toBe(0);
  expect(log.taken[0]).toBeLessThan(4 * MIB);
});

test('a connection that no longer answers is found and let go, with its calls', async () => {
  const { port, health } = await rig.node({ keepaliveMs: 100 });
  let broken: Socket[] = [];
  const middle = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    near.pipe(far).pipe(near);
    for (const side of (broken = [near, far])) side.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => middle.listen(0, '127.0.0.1', resolve));
  const connection = await rig.raw((middle.address() as { port: number }).port);
  const call = connection.request('Read', subscription());
  await call.until(2);
  // A quiet one that answers is kept over many pings.
  let pings = 0;
  await new Promise<void>((resolve) => connection.session.on('ping', () => ++pings === 3 && resolve()));
  expect(health()).toMatchObject({ connections: 1, calls: 1 });
  for (const side of broken) side.unpipe().pause();
  await expect.poll(() => health()).toMatchObject({ connections: 0, calls: 0 });
  for (const side of broken) side.destroy();
  middle.close();
});

test('a message beyond 8 MiB is refused before it has come', async () => {
  const { port } = await rig.node();
  const call = (await rig.raw(port)).call('BatchAppend');
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(8 * MIB + 1, 1);
  call.stream.write(prefix);
  const RESOURCE_EXHAUSTED = 8;
  expect(await call.status).toMatchObject({ code: RESOURCE_EXHAUSTED, details: expect.stringContaining('8388609') });
});

test('a compressed message is refused with what would be taken', async () => {
  const { port } = await rig.node();
  const call = (await rig.raw(port)).call('Read');
  call.stream.write(Buffer.from([1, 0, 0, 0, 1, 0]));
  expect(await call.status).toMatchObject({ code: 12, details: 'messages must come uncompressed' });
});

test('calls over all connections are bounded; those that are open go on', async () => {
  const { port } = await rig.node({ maxCalls: 3 });
  const open = await Promise.all(
    [1, 2, 3].map(async () => {
      const call = (await rig.raw(port)).request('Read', subscription());
      await call.until(2);
      return call;
    }),
  );
  const other = await rig.raw(port);
  const refused = other.call('Read');
  expect(await refused.status).toMatchObject({ code: 8, details: expect.stringContaining('3 calls are open') });
  open[0]!.stream.close();
  const again = async (): Promise<number> => {
    const { status } = other.request(
      'Read',
      allRequest((options) => options.setCount('1')),
    );
    return (await status).code;
  };
  await expect.poll(again).toBe(0);
  expect(open[1]!.stream.closed).toBe(false);
});

test('connections are bounded', async () => {
  const { port, health } = await rig.node({ maxConnections: 2 });
  await rig.raw(port);
  await rig.raw(port);
  const third = connect(port, '127.0.0.1');
  third.on('error', () => undefined);
  await once(third, 'close');
  expect(health().connections).toBe(2);
});

test('the deadline of a call is kept', async () => {
  const { port } = await rig.node();
  const connection = await rig.raw(port);
  const call = connection.request('Read', subscription(), { 'grpc-timeout': '50m' });
  expect(await call.status).toMatchObject({ code: 4 });
  expect(await connection.call('Read', { 'grpc-timeout': 'soon' }).status).toMatchObject({ code: 3 });
});

test('many clients at once: each reads what it wrote, and all see all of it', async () => {
  const node = await rig.node();
  const clients = Array.from({ length: 10 }, () => rig.client(node.connectionString));
  const work = clients.map(async (client, n) => {
    const subscribed = client.subscribeToAll();
    const ids: string[] = [];
    const all = new Promise<void>((resolve) =>
      subscribed.on('data', ({ event: recorded }) => ids.push(recorded!.id) === 10 * 20 && resolve()),
    );
    const mine = Array.from({ length: 20 }, () => jsonEvent({ type: 'T', data: { n } }));
    for (const each of mine) await client.appendToStream(`s-${n}`, each);
    const read = await collect(client.readStream(`s-${n}`));
    expect(read.map(({ event: recorded }) => recorded!.id)).toEqual(mine.map(({ id }) => id));
    await all;
    await subscribed.unsubscribe();
    return ids;
  });
  const [first, ...others] = await Promise.all(work);
  expect(new Set(first).size).toBe(200);
  for (const ids of others) expect(ids).toEqual(first);
});
