import { errorText, type RawSample } from '@millwright/edge';
import type { BrokerLink, Publish } from './broker-link.js';
import type { InFlight } from './in-flight.js';
import type { MessageReader } from './message-reader.js';
import type { TopicRoute } from './topic-routes.js';

export interface MqttInboxOptions {
  readonly routes: ReadonlyMap<string, TopicRoute>;
  readonly inFlight: InFlight;
  readonly reader: MessageReader;
  /** Whether this is the first connection of the process. */
  readonly first: boolean;
  /** For messages of QoS 0, which nobody can wait for. */
  readonly push: (samples: readonly RawSample[]) => void;
}

/** Takes the messages of one connection: those of QoS 1 through the books of messages in flight, those of QoS 0 straight to the sink. */
export class MqttInbox {
  /** Resolves when the sink did not take what it was offered. */
  readonly refusal: Promise<string>;
  refused = false;
  /** Whether the broker had kept the session of the last connection. */
  sessionPresent = false;
  private readonly options: MqttInboxOptions;
  private readonly unsubscribed = new Set<string>();
  private stopped = false;
  private pushed: RawSample[] = [];
  private refuse!: (reason: string) => void;

  constructor(options: MqttInboxOptions) {
    this.options = options;
    this.refusal = new Promise((resolve) => (this.refuse = resolve));
  }

  open(link: BrokerLink, sessionPresent: boolean): void {
    this.sessionPresent = sessionPresent;
    this.options.inFlight.begin(sessionPresent, {
      acknowledge: (ids) => link.acknowledge(ids),
      onRefused: (error) => {
        this.refused = true;
        this.refuse(`samples were not taken, so their messages are fetched again: ${errorText(error)}`);
      },
    });
  }

  /** From now on nothing is taken; the broker keeps it for the next connection. */
  stop(): void {
    this.stopped = true;
  }

  take(link: BrokerLink, { id, qos, dup, topic, text }: Publish, proceed: () => void): void {
    if (this.stopped) return;
    if (!this.options.routes.has(topic)) this.forget(link, topic);
    // Not every broker says so: what a session from before this process brings may have been sent before, too.
    const again = dup || (this.options.first && this.sessionPresent);
    const message = { topic, text, again };
    if (qos > 0 && id !== undefined) return this.options.inFlight.take(id, message, proceed);
    if (this.pushed.length === 0) queueMicrotask(() => this.options.push(this.pushed.splice(0)));
    this.options.reader.read(message, this.pushed);
    proceed();
  }

  /** The session still has a subscription that the plant file no longer has. */
  private forget(link: BrokerLink, topic: string): void {
    if (this.unsubscribed.has(topic) || this.unsubscribed.size >= 1_000) return;
    this.unsubscribed.add(topic);
    link.unsubscribe(topic);
  }
}
