import { features, gossip, operations } from '@millwright/esdb-protocol';
import { collect, MemoryRecordLog } from '@millwright/event-store/testing';
import { jsonEvent } from '@eventstore/db-client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NodeRig } from './node.fixture.js';
import { RawConnection } from './raw.fixture.js';

const rig = new NodeRig();
const log = { current: new MemoryRecordLog() };
let port: number;
let raw: RawConnection;
beforeEach(async () => {
  log.current = new MemoryRecordLog();
  ({ port } = await rig.node({ log: log.current }));
  raw = await RawConnection.open(port);
});
afterEach(async () => {
  raw.close();
  await rig.close();
});

const ask = async (path: string): Promise<Buffer> => {
  const call = raw.request(`/event_store.client.${path}`, new Uint8Array());
  expect(await call.status).toMatchObject({ code: 0 });
  return call.messages[0]!;
};

test('clients are told the version and what is served', async () => {
  const answer = features.SupportedMethods.deserializeBinary(
    await ask('server_features.ServerFeatures/GetSupportedMethods'),
  );
  expect(answer.getEventStoreServerVersion()).toBe('24.6.0');
  const methods = answer.getMethodsList().map((each) => `${each.getServiceName()}/${each.getMethodName()}`);
  expect(methods).toContain('event_store.client.streams.streams/batchappend');
  expect(methods).toContain('event_store.client.operations.operations/startscavenge');
  expect(methods.join()).not.toContain('persistent');
});

test('the node is a cluster of one, found where the client has found it', async () => {
  const [member, ...others] = gossip.ClusterInfo.deserializeBinary(await ask('gossip.Gossip/Read')).getMembersList();
  expect(others).toEqual([]);
  expect(member!.getHttpEndPoint()!.toObject()).toEqual({ address: '127.0.0.1', port });
  expect(member!.getIsAlive()).toBe(true);
  expect(member!.getState()).toBe(gossip.MemberInfo.VNodeState.LEADER);
  const client = rig.client(`esdb+discover://127.0.0.1:${port}?tls=false`);
  expect(await client.appendToStream('s', jsonEvent({ type: 'T', data: {} }))).toMatchObject({ success: true });
});

test('a scavenge removes what is hidden; a second one meanwhile is told of the first', async () => {
  const client = rig.client(`esdb://127.0.0.1:${port}?tls=false`);
  const events = Array.from({ length: 5 }, (_, n) => jsonEvent({ type: 'T', data: { n } }));
  await client.appendToStream('s', events);
  await client.setStreamMetadata('s', { maxCount: 2 });
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const scavenge = log.current.scavenge.bind(log.current);
  log.current.scavenge = async () => {
    await held;
    return scavenge();
  };
  const start = async (): Promise<InstanceType<typeof operations.ScavengeResp>> =>
    operations.ScavengeResp.deserializeBinary(await ask('operations.Operations/StartScavenge'));
  const first = start();
  const second = await start();
  const { STARTED, INPROGRESS } = operations.ScavengeResp.ScavengeResult;
  expect(second.getScavengeResult()).toBe(INPROGRESS);
  release();
  expect((await first).getScavengeResult()).toBe(STARTED);
  expect((await first).getScavengeId()).toBe(second.getScavengeId());
  const left = await collect(client.readAll());
  expect(left.filter(({ event }) => event!.streamId === 's').map(({ event }) => event!.id)).toEqual(
    events.slice(3).map(({ id }) => id),
  );
  expect((await start()).getScavengeId(), 'the next one is another').not.toBe(second.getScavengeId());
});

test.each([
  'persistent_subscriptions.PersistentSubscriptions/Read',
  'persistent_subscriptions.PersistentSubscriptions/Create',
  'projections.Projections/Enable',
  'users.Users/Create',
  'monitoring.Monitoring/Stats',
  'operations.Operations/Shutdown',
])('%s is not served, and says what to use instead', async (path) => {
  const full = `/event_store.client.${path}`;
  const { code, details } = await raw.request(full, new Uint8Array()).status;
  expect(code).toBe(12);
  expect(details).toBe(
    `${full} is not served by the embedded log: it has streams and $all; use EventStoreDB for the rest`,
  );
});
