import { randomUUID } from 'node:crypto';
import { identifierOf, streams, uuidOf, type BatchAppendResp } from '@millwright/esdb-protocol';
import { EventStoreError, type RecordLog } from '@millwright/event-store';
import { MemoryRecordLog } from '@millwright/event-store/testing';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import timestamp from 'google-protobuf/google/protobuf/timestamp_pb.js';
import { afterEach, expect, test } from 'vitest';
import { NodeRig } from './node.fixture.js';
import type { RawCall } from './raw.fixture.js';

const rig = new NodeRig();
afterEach(() => rig.close());

/** A log whose appends wait until they are let go. */
class HeldLog extends MemoryRecordLog {
  readonly held: (() => void)[] = [];

  override async append(...args: Parameters<RecordLog['append']>): ReturnType<RecordLog['append']> {
    await new Promise<void>((resolve) => this.held.push(resolve));
    return super.append(...args);
  }
}

const batchOn = async (options: Parameters<NodeRig['node']>[0] = {}): Promise<RawCall> => {
  const { port } = await rig.node(options);
  return (await rig.raw(port)).call('BatchAppend');
};

interface Part {
  readonly id: string;
  /** The first part names it. */
  readonly stream?: string;
  readonly bytes?: number;
  readonly events?: number;
  readonly isFinal?: boolean;
  readonly deadline?: number;
}

const part = ({ id, stream, bytes = 2, events = 1, isFinal = true, deadline }: Part): Uint8Array => {
  const request = new streams.BatchAppendReq().setCorrelationId(uuidOf(id)).setIsFinal(isFinal);
  if (stream !== undefined) {
    const options = new streams.BatchAppendReq.Options().setStreamIdentifier(identifierOf(stream));
    options.setAny(new empty.Empty());
    if (deadline !== undefined) options.setDeadline(timestamp.Timestamp.fromDate(new Date(deadline)));
    request.setOptions(options);
  }
  for (let i = 0; i < events; i++) {
    const event = request.addProposedMessages().setId(uuidOf(randomUUID()));
    event.getMetadataMap().set('type', 'T');
    event.getMetadataMap().set('content-type', 'application/octet-stream');
    event.setData(new Uint8Array(bytes));
  }
  return request.serializeBinary();
};

const answersOf = async (call: RawCall, count: number): Promise<Map<string, BatchAppendResp>> => {
  const answers = (await call.until(count)).map((bytes) => streams.BatchAppendResp.deserializeBinary(bytes));
  return new Map(answers.map((answer) => [answer.getCorrelationId()!.getString(), answer]));
};

const reason = (answer: BatchAppendResp | undefined): string | undefined =>
  answer?.getError()?.getDetails()?.getTypeName().replace('event_store.client.', '');

test('appends whose messages come interleaved are each written whole', async () => {
  const call = await batchOn();
  const [a, b] = [randomUUID(), randomUUID()];
  call.send(part({ id: a, stream: 'a', isFinal: false }));
  call.send(part({ id: b, stream: 'b', isFinal: false }));
  call.send(part({ id: a, isFinal: false }));
  call.send(part({ id: b, isFinal: true }));
  call.send(part({ id: a, isFinal: true }));
  const answers = await answersOf(call, 2);
  expect(answers.get(a)!.getSuccess()!.getCurrentRevision()).toBe('2');
  expect(answers.get(b)!.getSuccess()!.getCurrentRevision()).toBe('1');
  expect(answers.get(b)!.getStreamIdentifier()!.toObject()).toEqual(identifierOf('b').toObject());
});

test('every append sent whole is answered before the call ends', async () => {
  const call = await batchOn();
  const ids = Array.from({ length: 50 }, () => randomUUID());
  for (const id of ids) call.send(part({ id, stream: 's' }));
  call.stream.end();
  expect(await call.status).toMatchObject({ code: 0 });
  const answers = await answersOf(call, 50);
  expect(ids.map((id) => answers.get(id)!.getSuccess()!.getCurrentRevision())).toEqual(ids.map((_, n) => `${n}`));
});

test('the deadline of an append is kept: past, before its last message, and while it is written', async () => {
  const log = new HeldLog();
  const call = await batchOn({ log });
  const [past, unfinished, slow] = [randomUUID(), randomUUID(), randomUUID()];
  call.send(part({ id: past, stream: 's', deadline: Date.now() - 1 }));
  call.send(part({ id: unfinished, stream: 's', isFinal: false, deadline: Date.now() + 150 }));
  call.send(part({ id: slow, stream: 's', deadline: Date.now() + 150 }));
  const answers = await answersOf(call, 3);
  for (const id of [past, unfinished, slow]) expect(reason(answers.get(id))).toBe('Timeout');
  expect(log.held, 'only the third has been given to the log').toHaveLength(1);
  // What comes late of an append that has been answered is passed over, and so is its outcome.
  call.send(part({ id: unfinished }));
  log.held[0]!();
  const next = randomUUID();
  call.send(part({ id: next, stream: 'other', events: 0 }));
  expect((await answersOf(call, 4)).get(next)!.getSuccess()!.hasNoStream()).toBe(true);
});

test('an append too large is refused at once, and what still comes of it is passed over', async () => {
  const call = await batchOn();
  const [large, next] = [randomUUID(), randomUUID()];
  call.send(part({ id: large, stream: 's', bytes: 600_000, isFinal: false }));
  call.send(part({ id: large, bytes: 600_000, isFinal: false }));
  call.send(part({ id: large, bytes: 600_000, isFinal: true }));
  call.send(part({ id: next, stream: 's' }));
  const answers = await answersOf(call, 2);
  expect(reason(answers.get(large))).toBe('MaximumAppendSizeExceeded');
  expect(answers.get(next)!.getSuccess()!.getCurrentRevision(), 'nothing of the first was written').toBe('0');
});

test('errors come with what clients make their own of', async () => {
  const log = new MemoryRecordLog();
  const call = await batchOn({ log });
  await log.tombstoneStream('gone');
  const [deleted, nameless] = [randomUUID(), randomUUID()];
  call.send(part({ id: deleted, stream: 'gone' }));
  call.send(part({ id: nameless, stream: '' }));
  const answers = await answersOf(call, 2);
  expect(reason(answers.get(deleted))).toBe('StreamDeleted');
  expect(answers.get(deleted)!.getStreamIdentifier()!.toObject()).toEqual(identifierOf('gone').toObject());
  expect(reason(answers.get(nameless))).toBe('BadRequest');
  expect(answers.get(nameless)!.hasStreamIdentifier(), 'clients read it unasked').toBe(true);
});

test('a log that is overloaded, or has failed, says which', async () => {
  const failing = (code: 'overloaded' | 'disk-full'): RecordLog => {
    const log = new MemoryRecordLog();
    log.append = () => Promise.reject(new EventStoreError(code, 'not now'));
    return log;
  };
  for (const [code, type] of [
    ['overloaded', 'Timeout'],
    ['disk-full', 'Unknown'],
  ] as const) {
    const call = await batchOn({ log: failing(code) });
    const id = randomUUID();
    call.send(part({ id, stream: 's' }));
    const answer = (await answersOf(call, 1)).get(id);
    expect(reason(answer)).toBe(type);
    expect(answer!.getError()!.getMessage()).toBe(`${code}: not now`);
  }
});

test('beyond a bound of bytes being written, the call is not read on until they are', async () => {
  const log = new HeldLog();
  const call = await batchOn({ log, maxBufferedBytes: 2_000_000 });
  const ids = Array.from({ length: 20 }, () => randomUUID());
  for (const id of ids) call.send(part({ id, stream: 's', bytes: 900_000 }));
  await expect.poll(() => log.held.length).toBe(3);
  // What the client has not got rid of waits with the client: the node has taken no more than its window.
  await expect.poll(() => call.stream.writableLength).toBeGreaterThan(14_000_000);
  expect(log.held).toHaveLength(3);
  for (let released = 0; released < 20; released++) {
    await expect.poll(() => log.held.length).toBeGreaterThan(released);
    log.held[released]!();
  }
  const answers = await answersOf(call, 20);
  expect(ids.map((id) => answers.get(id)!.getSuccess()!.getCurrentRevision())).toEqual(ids.map((_, n) => `${n}`));
});

test('appends that are begun and not ended are refused beyond a bound, and the others go on', async () => {
  const call = await batchOn();
  const ids = Array.from({ length: 17 }, () => randomUUID());
  for (const id of ids) call.send(part({ id, stream: 's', bytes: 1_000_000, isFinal: false }));
  const [refused] = [...(await answersOf(call, 1)).values()];
  expect(reason(refused)).toBe('Timeout');
  expect(refused!.getError()!.getMessage()).toMatch(/^overloaded: .* not whole/);
  expect(refused!.getCorrelationId()!.getString()).toBe(ids[16]);
  for (const id of ids.slice(0, 16)) call.send(part({ id, events: 0 }));
  const answers = await answersOf(call, 17);
  expect([...answers.values()].filter((answer) => answer.hasSuccess())).toHaveLength(16);
});

test('appends of all clients together are bounded, and what a client leaves unfinished is given back', async () => {
  const node = await rig.node({ maxAppendBytes: 1_500_000 });
  const open = async (): Promise<RawCall> => (await rig.raw(node.port)).call('BatchAppend');
  const first = await open();
  first.send(part({ id: randomUUID(), stream: 's', bytes: 1_000_000, isFinal: false }));
  const second = await open();
  const tries: string[] = [];
  await expect
    .poll(async () => {
      const id = randomUUID();
      tries.push(id);
      second.send(part({ id, stream: 's', bytes: 1_000_000 }));
      return reason((await answersOf(second, tries.length)).get(id));
    })
    .toBe('Timeout');
  first.stream.close();
  await expect
    .poll(async () => {
      const id = randomUUID();
      tries.push(id);
      second.send(part({ id, stream: 's', bytes: 1_000_000 }));
      return (await answersOf(second, tries.length)).get(id)!.hasSuccess();
    })
    .toBe(true);
});
