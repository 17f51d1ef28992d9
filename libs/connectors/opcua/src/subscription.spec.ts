import { eventually } from '@millwright/edge/testing';
import {
  type CreateMonitoredItemsRequest,
  DataChangeNotification,
  DataValue,
  MonitoredItemNotification,
  NotificationMessage,
  type PublishRequest,
  PublishResponse,
  StatusChangeNotification,
  StatusCodes,
} from 'node-opcua-client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RawSession } from './opcua-link.js';
import { Subscription, type SubscriptionOptions } from './subscription.js';

/** A server that does what a spec says, call by call. */
class FakeSession {
  readonly items: { readonly handle: number; readonly nodeId: string; readonly queueSize: number }[] = [];
  readonly waiting: ((error: Error | null, response?: PublishResponse) => void)[] = [];
  readonly acknowledged: number[] = [];
  clock = StatusCodes.Good;
  revisedPublishingInterval = 100;
  private sequenceNumber = 0;

  createSubscription = (): Promise<object> =>
    Promise.resolve({ subscriptionId: 7, revisedPublishingInterval: this.revisedPublishingInterval });

  createMonitoredItems = ({ itemsToCreate }: CreateMonitoredItemsRequest): Promise<object> => {
    for (const { itemToMonitor, requestedParameters } of itemsToCreate!) {
      const { clientHandle, queueSize } = requestedParameters;
      this.items.push({ handle: clientHandle, nodeId: itemToMonitor.nodeId.toString(), queueSize });
    }
    return Promise.resolve({
      results: itemsToCreate!.map(({ requestedParameters: { clientHandle } }) => ({
        statusCode: clientHandle === 0 ? this.clock : StatusCodes.Good,
      })),
    });
  };

  publish = (request: PublishRequest, callback: (error: Error | null, response?: PublishResponse) => void): void => {
    this.acknowledged.push(...request.subscriptionAcknowledgements!.map((a) => a.sequenceNumber));
    this.waiting.push(callback);
  };

  /** Answers the oldest publish request with these values by handle; without any it is a keep-alive. */
  send(...values: readonly (readonly [handle: number, value: number])[]): void {
    const notification = new DataChangeNotification({
      monitoredItems: values.map(
        ([clientHandle, value]) =>
          new MonitoredItemNotification({
            clientHandle,
            value: new DataValue({ value: { dataType: 'Double', value } }),
          }),
      ),
    });
    this.answer(values.length > 0 ? [notification] : []);
  }

  answer(notificationData: (DataChangeNotification | StatusChangeNotification)[]): void {
    const sequenceNumber = notificationData.length > 0 ? ++this.sequenceNumber : this.sequenceNumber + 1;
    const notificationMessage = new NotificationMessage({ sequenceNumber, notificationData });
    this.waiting.shift()!(null, new PublishResponse({ subscriptionId: 7, notificationMessage }));
  }

  refuse(reason: string): void {
    this.waiting.shift()!(new Error(`serviceResult = ${reason}`));
  }
}

let session: FakeSession;
let values: [number, unknown][];
let subscription: Subscription | undefined;

beforeEach(() => {
  session = new FakeSession();
  values = [];
});
afterEach(() => subscription?.close());

const create = async (options: Partial<SubscriptionOptions> = {}): Promise<Subscription> => {
  subscription = await Subscription.create({
    session: session as unknown as RawSession,
    publishingIntervalMs: 50,
    timeoutMs: 1_000,
    silentAfterMs: 60_000,
    onSeen: () => undefined,
    onValues: (list) => values.push(...list.map((m): [number, unknown] => [m.clientHandle, m.value.value.value])),
    ...options,
  });
  return subscription;
};

test('the queue of an item holds twice what can change between two publishes as the server granted them', async () => {
  session.revisedPublishingInterval = 500;
  const subject = await create();
  await subject.add([
    { handle: 1, nodeId: 'ns=2;s=fast', intervalMs: 10 },
    { handle: 2, nodeId: 'ns=2;s=slow', intervalMs: 1_000 },
    { handle: 3, nodeId: 'ns=2;s=fastest', intervalMs: 0.1 },
  ]);
  expect(session.items).toEqual([
    { handle: 0, nodeId: 'ns=0;i=2258', queueSize: 4 },
    { handle: 1, nodeId: 'ns=2;s=fast', queueSize: 102 },
    { handle: 2, nodeId: 'ns=2;s=slow', queueSize: 4 },
    { handle: 3, nodeId: 'ns=2;s=fastest', queueSize: 1_000 },
  ]);
});

test('three requests wait at the server; values come without the clock, and each message is acknowledged once', async () => {
  (await create()).start();
  expect(session.waiting).toHaveLength(3);
  session.send([1, 1.5], [0, 99], [2, 2.5]);
  session.send([1, 3.5]);
  session.send();
  session.send([0, 100]);
  expect(values).toEqual([
    [1, 1.5],
    [2, 2.5],
    [1, 3.5],
  ]);
  expect(session.acknowledged).toEqual([1, 2, 3]);
  expect(session.waiting).toHaveLength(3);
});

test('a server that takes fewer requests gets fewer', async () => {
  (await create()).start();
  session.refuse('BadTooManyPublishRequests');
  expect(session.waiting).toHaveLength(2);
  session.send([1, 1]);
  expect(session.waiting).toHaveLength(2);
});

test('a request that grew too old is replaced', async () => {
  (await create()).start();
  session.refuse('BadTimeout');
  expect(session.waiting).toHaveLength(3);
});

test.each(['BadNoSubscription', 'BadSessionIdInvalid', 'Connection Break'])('%s ends it', async (reason) => {
  const subject = await create();
  subject.start();
  session.refuse(reason);
  await expect(subject.ended).resolves.toContain(`the server refuses to publish: serviceResult = ${reason}`);
});

test('the server ends the subscription', async () => {
  const subject = await create();
  subject.start();
  session.answer([new StatusChangeNotification({ status: StatusCodes.BadTimeout })]);
  await expect(subject.ended).resolves.toContain('the server ended the subscription: BadTimeout');
});

test('after close nothing more is asked for or passed on', async () => {
  const subject = await create();
  subject.start();
  subject.close();
  session.send([1, 1]);
  expect(values).toEqual([]);
  expect(session.waiting).toHaveLength(2);
});

test('keep-alives are no sign of life where the clock should tick: the server no longer samples', async () => {
  const subject = await create({ silentAfterMs: 50 });
  let ended = '';
  void subject.ended.then((reason) => (ended = reason));
  subject.start();
  await eventually('it has ended', () => {
    session.send();
    return ended !== '';
  });
  expect(ended).toContain('has sent nothing for 0.05 s');
});

test('where the server has no clock to watch, keep-alives are enough', async () => {
  session.clock = StatusCodes.BadNodeIdUnknown;
  const subject = await create({ silentAfterMs: 50 });
  let ended = '';
  void subject.ended.then((reason) => (ended = reason));
  subject.start();
  const until = performance.now() + 200;
  await eventually('four times the limit has passed', () => {
    session.send();
    return performance.now() > until;
  });
  expect(ended).toBe('');
});
