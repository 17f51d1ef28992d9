import { shared, streams, uuidOf } from '@millwright/esdb-protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NodeRig } from './node.fixture.js';
import { allRequest, RawConnection } from './raw.fixture.js';

const INVALID_ARGUMENT = 3;
const { Options } = streams.ReadReq;
const rig = new NodeRig();
let raw: RawConnection;
beforeEach(async () => {
  raw = await RawConnection.open((await rig.node()).port);
});
afterEach(async () => {
  raw.close();
  await rig.close();
});

const filtered = (filter: (options: InstanceType<typeof Options.FilterOptions>) => unknown): Uint8Array =>
  allRequest((options) => {
    const made = new Options.FilterOptions().setMax(1);
    filter(made);
    return options.setFilter(made).setCount('1');
  });
const stream = new shared.StreamIdentifier().setStreamName(Buffer.from('s'));

test.each([
  ['Read', 'no options', new streams.ReadReq().serializeBinary(), 'no options'],
  ['Read', 'no message', undefined, 'ended before its message came'],
  ['Read', 'no protobuf', Uint8Array.from([0x0a, 50, 1]), 'not the protobuf message'],
  [
    'Read',
    'no target',
    allRequest((o) => {
      o.clearAll();
      return o.setCount('1');
    }),
    'neither a stream nor $all',
  ],
  ['Read', 'no count', allRequest(), 'neither how many events'],
  [
    'Read',
    'a nameless stream',
    allRequest((o) => o.setStream(new Options.StreamOptions().setStart(new shared.Empty())).setCount('1')),
    'names no stream',
  ],
  [
    'Read',
    'a regex that is none',
    filtered((f) => f.setEventType(new Options.FilterOptions.Expression().setRegex('('))),
    'regex "(" cannot be used',
  ],
  ['Read', 'a filter of nothing', filtered((f) => f), 'neither stream_identifier nor event_type'],
  [
    'Read',
    'a filtered stream',
    allRequest((o) =>
      o
        .setStream(new Options.StreamOptions().setStreamIdentifier(stream))
        .setFilter(new Options.FilterOptions().setEventType(new Options.FilterOptions.Expression()))
        .setCount('1'),
    ),
    'only $all can be read with a filter',
  ],
  [
    'Read',
    'a subscription backwards',
    allRequest((o) => o.setReadDirection(1).setSubscription(new Options.SubscriptionOptions())),
    'a subscription goes forwards',
  ],
  ['Append', 'no options', undefined, 'before its options came'],
  [
    'Append',
    'an event first',
    new streams.AppendReq().setProposedMessage(new streams.AppendReq.ProposedMessage()).serializeBinary(),
    'must be its options',
  ],
  [
    'Append',
    'no expectation',
    new streams.AppendReq().setOptions(new streams.AppendReq.Options().setStreamIdentifier(stream)).serializeBinary(),
    'which revision it expects',
  ],
  [
    'Append',
    'no stream',
    new streams.AppendReq().setOptions(new streams.AppendReq.Options().setAny(new shared.Empty())).serializeBinary(),
    'names no stream',
  ],
  ['Append', 'no protobuf', Uint8Array.from([0x0b]), 'not the protobuf message'],
  [
    'BatchAppend',
    'a correlation id that is none',
    new streams.BatchAppendReq().setCorrelationId(new shared.UUID().setString('7')).serializeBinary(),
    '"7" is not a UUID',
  ],
  ['Delete', 'no options', new streams.DeleteReq().serializeBinary(), 'no options'],
  [
    'Delete',
    'no expectation',
    new streams.DeleteReq().setOptions(new streams.DeleteReq.Options().setStreamIdentifier(stream)).serializeBinary(),
    'which revision it expects',
  ],
  ['Tombstone', 'no options', new streams.TombstoneReq().serializeBinary(), 'no options'],
])('%s with %s is refused with a sentence', async (method, _, message, sentence) => {
  const call = raw.call(method);
  if (message) call.send(message);
  call.stream.end();
  const { code, details, trailers } = await call.status;
  expect(details).toContain(sentence);
  expect(code).toBe(INVALID_ARGUMENT);
  expect(trailers['millwright-code']).toBe('invalid-event');
});

test('a unary call takes one message', async () => {
  const call = raw.call('Delete');
  call.send(new streams.DeleteReq().serializeBinary());
  call.send(new streams.DeleteReq().serializeBinary());
  expect((await call.status).details).toContain('a second one came');
});

test('a call that ends within a message is refused', async () => {
  const call = raw.call('Read');
  call.stream.end(Buffer.from([0, 0, 0, 0, 9, 1]));
  expect(await call.status).toMatchObject({ code: INVALID_ARGUMENT, details: 'the call ended within a message' });
});

test('an id that is none is refused as part of its append, and the call goes on', async () => {
  const call = raw.call('BatchAppend');
  const append = (id: string, n: number): Uint8Array => {
    const event = new streams.BatchAppendReq.ProposedMessage().setId(new shared.UUID().setString(id));
    event.getMetadataMap().set('type', 'T');
    event.getMetadataMap().set('content-type', 'application/json');
    const options = new streams.BatchAppendReq.Options().setStreamIdentifier(stream);
    // The generated setter takes google.protobuf.Empty, which is written alike.
    options.setAny(new shared.Empty() as never);
    return new streams.BatchAppendReq()
      .setCorrelationId(uuidOf(`00000000-0000-4000-8000-00000000000${n}`))
      .setOptions(options)
      .setProposedMessagesList([event])
      .setIsFinal(true)
      .serializeBinary();
  };
  call.send(append('no-uuid', 1));
  call.send(append('00000000-0000-4000-8000-000000000009', 2));
  const answers = (await call.until(2)).map((answer) => streams.BatchAppendResp.deserializeBinary(answer));
  const [refused, done] = answers.toSorted((a, b) => Number(a.hasSuccess()) - Number(b.hasSuccess()));
  expect(refused!.getError()!.getMessage()).toContain('id "no-uuid" is not a UUID');
  expect(refused!.getError()!.getDetails()!.getTypeName()).toBe('event_store.client.BadRequest');
  expect(refused!.getCorrelationId()!.getString()).toMatch(/1$/);
  expect(done!.getSuccess()!.getCurrentRevision()).toBe('0');
});

test('what is not gRPC, and what nobody knows, is told so', async () => {
  const web = raw.session.request({ ':method': 'GET', ':path': '/streams/s' });
  const headers = await new Promise<Record<string, unknown>>((resolve) => web.on('response', (told) => resolve(told)));
  expect(headers[':status']).toBe(415);
  web.resume();
  expect(await raw.request('/event_store.client.streams.Streams/Nothing', new Uint8Array()).status).toMatchObject({
    code: 12,
  });
});
