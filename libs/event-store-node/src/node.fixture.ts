import { EventStoreDBClient } from '@eventstore/db-client';
import { MemoryRecordLog } from '@millwright/event-store/testing';
import type { RecordLog } from '@millwright/event-store';
import { RawConnection } from './raw.fixture.js';
import { startEventStoreNode, type EventStoreNode, type EventStoreNodeOptions } from './start.js';

/** Nodes, and the official client and bare connections on them, all closed by `close`. */
export class NodeRig {
  private readonly closers: (() => Promise<unknown>)[] = [];

  async node(options: Partial<EventStoreNodeOptions> = {}): Promise<EventStoreNode> {
    const log: RecordLog = options.log ?? new MemoryRecordLog();
    const node = await startEventStoreNode({ port: 0, closeDeadlineMs: 500, ...options, log });
    this.closers.unshift(() => node.close());
    return node;
  }

  client(connectionString: string): EventStoreDBClient {
    const client = EventStoreDBClient.connectionString(connectionString);
    this.closers.unshift(() => client.dispose());
    return client;
  }

  async raw(port: number): Promise<RawConnection> {
    const connection = await RawConnection.open(port);
    this.closers.unshift(async () => connection.close());
    return connection;
  }

  async open(options: Partial<EventStoreNodeOptions> = {}): Promise<EventStoreDBClient> {
    return this.client((await this.node(options)).connectionString);
  }

  async close(): Promise<void> {
    for (const close of this.closers.splice(0)) await close();
  }
}
