import { EventStoreDBClient } from '@eventstore/db-client';
import type { CallOptions, Channel, Client, Metadata } from '@grpc/grpc-js';
import { OperationsClient, StreamsClient } from '@millwright/esdb-protocol';
import { EventStoreError } from '@millwright/event-store';

type Streams = InstanceType<typeof StreamsClient>;
type Operations = InstanceType<typeof OperationsClient>;

/** The client's own way to its channel: discovery, credentials, keepalive and reconnection are its affair, the calls are ours. */
interface ClientInternals {
  execute<C extends Client, T>(
    type: new (...args: never) => C,
    name: string,
    action: (client: C) => Promise<T>,
  ): Promise<T>;
  callArguments(options: object, callOptions: CallOptions): [Metadata, CallOptions];
  handleError(client: Client, error: Error): Promise<void>;
  getChannel(): Promise<Channel>;
}

/**
 * One connection to EventStoreDB by `@eventstore/db-client`. Its appends are not used: its batch append has no deadline and one table of
 * pending appends for the whole process; the calls below are made on its channel by the service definitions that it ships.
 */
export class EsdbConnection {
  /** For people: the connection string without a password. */
  readonly name: string;
  private readonly internals: ClientInternals;
  private streamsClient: Streams | undefined;

  /** Throws `unavailable` with a sentence for a connection string that is none. */
  constructor(connectionString: string) {
    this.name = withoutPassword(connectionString);
    try {
      this.internals = EventStoreDBClient.connectionString(connectionString) as unknown as ClientInternals;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const expected = 'expected esdb://host:2113?tls=true or esdb+discover://name, see docs/event-store-esdb.md';
      throw new EventStoreError(
        'unavailable',
        `the connection string ${this.name} cannot be used: ${reason}; ${expected}`,
        {
          cause: error,
        },
      );
    }
  }

  /** Makes a call of the Streams service; `args` are its metadata and options. `deadlineMs`: Infinity for calls that stay open. */
  streams<T>(deadlineMs: number, action: (client: Streams, ...args: [Metadata, CallOptions]) => T): Promise<T> {
    return this.internals.execute(StreamsClient, 'streams', async (client) => {
      this.streamsClient = client;
      return action(client, ...this.args(deadlineMs));
    });
  }

  operations<T>(
    deadlineMs: number,
    action: (client: Operations, ...args: [Metadata, CallOptions]) => Promise<T>,
  ): Promise<T> {
    return this.internals.execute(OperationsClient, 'operations', (client) => action(client, ...this.args(deadlineMs)));
  }

  /** A call has failed with this: when the server is away, or another one leads, the next call connects anew. */
  async failed(error: Error): Promise<void> {
    if (this.streamsClient) await this.internals.handleError(this.streamsClient, error);
  }

  async close(): Promise<void> {
    (await this.internals.getChannel().catch(() => undefined))?.close();
  }

  private args(deadlineMs: number): [Metadata, CallOptions] {
    const deadline = deadlineMs === Infinity ? Infinity : Date.now() + deadlineMs;
    return this.internals.callArguments({ requiresLeader: true }, { deadline });
  }
}

const withoutPassword = (connectionString: string): string => connectionString.replace(/\/\/([^@/]*)@/, '//***@');
