import { errorText, withDeadline } from '@millwright/edge';
import {
  AttributeIds,
  CreateMonitoredItemsRequest,
  DataChangeNotification,
  MonitoringMode,
  type MonitoredItemNotification,
  type NotificationMessage,
  PublishRequest,
  type PublishResponse,
  type StatusCode,
  StatusChangeNotification,
  TimestampsToReturn,
} from 'node-opcua-client';
import { Groups } from './groups.js';
import type { RawSession } from './opcua-link.js';

/** Publish requests that wait at the server: one is being answered while the others are on their way. */
const PUBLISH_REQUESTS = 3;
/** Values in one answer: the rest comes with the next one at once, and no message grows beyond what either side takes. */
const NOTIFICATIONS_MAX = 5_000;
/** A server with nothing to say says so at least this often, milliseconds. */
const KEEP_ALIVE_MS = 3_000;
/** Silence after which the server drops the subscription, milliseconds. */
const LIFETIME_MS = 60_000;
const SERVER_CURRENT_TIME = 'i=2258';
/** Client handle of the server's clock. */
const CLOCK_HANDLE = 0;
const CLOCK_INTERVAL_MS = 1_000;
/** Changes between two publishes that the server keeps per item, at most. */
const QUEUE_MAX = 1_000;

/** What to watch; `handle` (from 1) comes back with each value. */
export interface Item {
  readonly handle: number;
  readonly nodeId: string;
  readonly intervalMs: number;
}

export interface SubscriptionOptions {
  readonly session: RawSession;
  readonly publishingIntervalMs: number;
  /** For each answer, milliseconds. */
  readonly timeoutMs: number;
  /** The server has been silent so long: the link counts as lost, milliseconds. */
  readonly silentAfterMs: number;
  readonly onValues: (values: readonly MonitoredItemNotification[]) => void;
  /** The server gave a sign of life. */
  readonly onSeen: () => void;
}

/**
 * One subscription with a publish loop of its own: values come in bulk, without an object per item, and every end of it is a sentence. The
 * server's clock is one of its items: a server that publishes but no longer samples is found out too.
 */
export class Subscription {
  /** Resolves with a sentence when the subscription is of no use any more; never rejects. */
  readonly ended: Promise<string>;
  private readonly options: SubscriptionOptions;
  private readonly id: number;
  /** As the server granted it, milliseconds. */
  readonly publishingIntervalMs: number;
  private readonly groups = new Groups();
  private watch: NodeJS.Timeout | undefined;
  private end!: (reason: string) => void;
  private closed = false;
  private clockTicks = false;
  private silentMs = 0;
  private requestsWanted = PUBLISH_REQUESTS;
  private requestsOut = 0;
  private unacknowledged: { readonly subscriptionId: number; readonly sequenceNumber: number }[] = [];

  private constructor(options: SubscriptionOptions, id: number, publishingIntervalMs: number) {
    this.options = options;
    this.id = id;
    this.publishingIntervalMs = publishingIntervalMs;
    this.ended = new Promise((resolve) => (this.end = resolve));
  }

  /** At the server, with its clock watched; values come after `start`. */
  static async create(options: SubscriptionOptions): Promise<Subscription> {
    const { session, publishingIntervalMs, timeoutMs } = options;
    const times = (ms: number): number => Math.max(1, Math.ceil(ms / publishingIntervalMs));
    const { subscriptionId, revisedPublishingInterval } = await withDeadline(
      session.createSubscription({
        requestedPublishingInterval: publishingIntervalMs,
        requestedMaxKeepAliveCount: times(KEEP_ALIVE_MS),
        requestedLifetimeCount: times(LIFETIME_MS),
        maxNotificationsPerPublish: NOTIFICATIONS_MAX,
        publishingEnabled: true,
        priority: 1,
      }),
      timeoutMs,
      'a subscription',
    );
    const subscription = new Subscription(options, subscriptionId, revisedPublishingInterval || publishingIntervalMs);
    const clock = { handle: CLOCK_HANDLE, nodeId: SERVER_CURRENT_TIME, intervalMs: CLOCK_INTERVAL_MS };
    const [status] = await subscription.add([clock]);
    subscription.clockTicks = status!.isGood();
    return subscription;
  }

  /** Begins to publish, and to count the server's silence. */
  start(): void {
    // Counted in ticks: a time in which this process itself did not run is no silence of the server.
    const tickMs = Math.min(1_000, this.options.silentAfterMs / 5);
    this.watch = setInterval(() => this.onTick(tickMs), tickMs);
    this.publish();
  }

  /** Creates the items and resolves with a status for each. Rejects with a sentence when the server takes none of them. */
  add(items: readonly Item[]): Promise<StatusCode[]> {
    const { session, timeoutMs } = this.options;
    return this.groups.run(items, async (group) => {
      const request = new CreateMonitoredItemsRequest({
        subscriptionId: this.id,
        timestampsToReturn: TimestampsToReturn.Both,
        itemsToCreate: group.map(({ handle, nodeId, intervalMs }) => ({
          itemToMonitor: { nodeId, attributeId: AttributeIds.Value },
          monitoringMode: MonitoringMode.Reporting,
          requestedParameters: {
            clientHandle: handle,
            samplingInterval: intervalMs,
            queueSize: this.queueSize(intervalMs),
            discardOldest: true,
          },
        })),
      });
      const call = session.createMonitoredItems(request);
      const { results } = await withDeadline(call, timeoutMs, `monitored items (${group.length})`);
      return (results ?? []).map((result) => result.statusCode);
    });
  }

  /** Stops asking for more; the session's end ends the subscription at the server. */
  close(): void {
    this.closed = true;
    clearInterval(this.watch);
  }

  /** Twice what can change between two publishes, since both intervals are the server's to keep. */
  private queueSize(intervalMs: number): number {
    return Math.min(QUEUE_MAX, 2 * Math.ceil(this.publishingIntervalMs / Math.max(1, intervalMs)) + 2);
  }

  private publish(): void {
    while (!this.closed && this.requestsOut < this.requestsWanted) {
      this.requestsOut++;
      const request = new PublishRequest({
        requestHeader: { timeoutHint: LIFETIME_MS },
        subscriptionAcknowledgements: this.unacknowledged.splice(0),
      });
      this.options.session.publish(request, (error, response) => {
        this.requestsOut--;
        if (this.closed) return;
        if (response) this.onPublished(response);
        else this.onRefused(errorText(error));
      });
    }
  }

  private onPublished({ notificationMessage }: PublishResponse): void {
    this.options.onSeen();
    const values = this.valuesOf(notificationMessage);
    if (values.length > 0 || !this.clockTicks) this.silentMs = 0;
    this.publish();
    const readings = values.filter(({ clientHandle }) => clientHandle !== CLOCK_HANDLE);
    if (readings.length > 0) this.options.onValues(readings);
  }

  private valuesOf({ notificationData, sequenceNumber }: NotificationMessage): readonly MonitoredItemNotification[] {
    // Without data it is a keep-alive, whose number belongs to a message to come.
    if (!notificationData || notificationData.length === 0) return [];
    this.unacknowledged.push({ subscriptionId: this.id, sequenceNumber });
    const values: MonitoredItemNotification[] = [];
    for (const notification of notificationData) {
      if (notification instanceof DataChangeNotification) values.push(...(notification.monitoredItems ?? []));
      else if (notification instanceof StatusChangeNotification) {
        this.end(`the server ended the subscription: ${notification.status.toString()}`);
      }
    }
    return values;
  }

  private onRefused(reason: string): void {
    if (reason.includes('BadTooManyPublishRequests') && this.requestsWanted > 1) {
      this.requestsWanted--;
      return;
    }
    if (reason.includes('BadTimeout')) return this.publish(); // the request was too old for the server, not the subscription
    this.end(`the server refuses to publish: ${reason}`);
  }

  private onTick(tickMs: number): void {
    this.silentMs += tickMs;
    if (this.silentMs < this.options.silentAfterMs) return;
    this.end(
      `the server is connected but has sent nothing for ${this.options.silentAfterMs / 1_000} s, though its clock was asked for every second`,
    );
  }
}
