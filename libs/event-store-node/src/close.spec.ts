import { randomUUID } from 'node:crypto';
import { identifierOf, streams, uuidOf } from '@millwright/esdb-protocol';
import type { RecordLog } from '@millwright/event-store';
import { MemoryRecordLog } from '@millwright/event-store/testing';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import { afterEach, expect, test } from 'vitest';
import { NodeRig } from './node.fixture.js';
import { subscription } from './raw.fixture.js';

const UNAVAILABLE = 14;
const rig = new NodeRig();
afterEach(() => rig.close());

class SlowLog extends MemoryRecordLog {
  release: () => void = () => undefined;

  override async append(...args: Parameters<RecordLog['append']>): ReturnType<RecordLog['append']> {
    await new Promise<void>((resolve) => (this.release = resolve));
    return super.append(...args);
  }
}

const appendTo = (stream: string): Uint8Array => {
  const options = new streams.BatchAppendReq.Options().setStreamIdentifier(identifierOf(stream));
  options.setAny(new empty.Empty());
  const request = new streams.BatchAppendReq().setCorrelationId(uuidOf(randomUUID())).setOptions(options);
  const event = request.addProposedMessages().setId(uuidOf(randomUUID()));
  event.getMetadataMap().set('type', 'T');
  event.getMetadataMap().set('content-type', 'application/json');
  return request.setIsFinal(true).serializeBinary();
};

test('close ends subscriptions and idle calls at once, and lets appends under way end', async () => {
  const log = new SlowLog();
  const node = await rig.node({ log, closeDeadlineMs: 20_000 });
  const connection = await rig.raw(node.port);
  const follower = connection.request('Read', subscription());
  await follower.until(2);
  const idle = connection.call('BatchAppend');
  const busy = connection.call('BatchAppend');
  busy.send(appendTo('s'));
  await expect.poll(() => node.health().calls).toBe(3);

  let closed = false;
  const closing = node.close().then(() => (closed = true));
  expect(await follower.status).toMatchObject({ code: UNAVAILABLE, details: expect.stringContaining('closed') });
  expect(await idle.status).toMatchObject({ code: UNAVAILABLE, details: expect.stringContaining('sent again') });
  expect(closed).toBe(false);
  log.release();
  await busy.until(1);
  expect(streams.BatchAppendResp.deserializeBinary(busy.messages[0]!).getSuccess()!.getCurrentRevision()).toBe('0');
  expect(await busy.status).toMatchObject({ code: UNAVAILABLE });
  await closing;
  expect(node.health()).toMatchObject({ state: 'down', connections: 0, calls: 0 });
});

test('an append that does not end is cut at the deadline', async () => {
  const log = new SlowLog();
  const node = await rig.node({ log, closeDeadlineMs: 50 });
  const connection = await rig.raw(node.port);
  const busy = connection.call('BatchAppend');
  busy.send(appendTo('s'));
  await expect.poll(() => node.health().calls).toBe(1);
  const gone = new Promise((resolve) => connection.session.on('close', resolve));
  await Promise.all([node.close(), node.close()]);
  await gone;
  log.release();
});

test('a log that is closed under the node ends subscriptions with a reason to come again', async () => {
  const log = new MemoryRecordLog();
  const node = await rig.node({ log });
  const follower = (await rig.raw(node.port)).request('Read', subscription());
  await follower.until(2);
  await log.close();
  expect(await follower.status).toMatchObject({ code: UNAVAILABLE });
  expect(node.health().state).toBe('down');
});
