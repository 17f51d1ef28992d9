import { setMaxListeners } from 'node:events';
import {
  FOREIGN_SERVICES,
  GossipService,
  OperationsService,
  ServerFeaturesService,
  StreamsService,
} from '@millwright/esdb-protocol';
import type { LogHealth, RecordLog } from '@millwright/event-store';
import { refusalWithout, type Credentials } from './access.js';
import { AppendBudget } from './append-budget.js';
import { append } from './append.js';
import { batchAppend } from './batch-append.js';
import { gossipRead, supportedMethods } from './cluster.js';
import { GrpcServer, type Handler } from './grpc/server.js';
import { GrpcCode } from './grpc/status.js';
import { startScavenge } from './operations.js';
import { read } from './read.js';
import { deleteStream, tombstoneStream } from './remove.js';

export interface EventStoreNodeOptions {
  /** Stays the caller's: the node does not close it. */
  readonly log: RecordLog;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** 0: any free one. Default 2113, EventStoreDB's. */
  readonly port?: number;
  /** PEM. Without, the node speaks plain HTTP/2 (`tls=false` in connection strings). */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer };
  /** Without, everybody may do everything. */
  readonly credentials?: Credentials;
  /** Bytes that wait in this process for one call, in either direction; default 1 MiB. */
  readonly maxBufferedBytes?: number;
  /** Bytes of appends, over all clients, that have come and are not answered; more are refused. Default 64 MiB. */
  readonly maxAppendBytes?: number;
  /** Default 1,000. */
  readonly maxConnections?: number;
  /** Calls open at once, over all clients; a subscription is one. Default 1,000. */
  readonly maxCalls?: number;
  /** A client that leaves a ping so long without an answer is taken for dead, milliseconds; default 10,000. */
  readonly keepaliveMs?: number;
  /** How long `close` waits for appends under way, milliseconds; default 5,000. */
  readonly closeDeadlineMs?: number;
}

export interface NodeHealth extends Pick<LogHealth, 'state' | 'detail'> {
  readonly connections: number;
  readonly calls: number;
}

export interface EventStoreNode {
  readonly port: number;
  /** For EventStoreDB's clients, without credentials. */
  readonly connectionString: string;
  health(): NodeHealth;
  /** Takes no more calls, ends subscriptions, waits for appends under way. */
  close(): Promise<void>;
}

/** The client's largest batch of messages is 3 MiB; an append beyond 1 MiB gets the protocol's own answer. */
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;

/** Serves a log by EventStoreDB's gRPC protocol. Rejects with the system's error when the address cannot be used (EADDRINUSE in the message). */
export const startEventStoreNode = async (options: EventStoreNodeOptions): Promise<EventStoreNode> => {
  const { log, host = '127.0.0.1', port = 2113, tls, credentials, closeDeadlineMs = 5_000 } = options;
  const closing = new AbortController();
  // Every call listens.
  setMaxListeners(0, closing.signal);
  const server = await GrpcServer.listen({
    host,
    port,
    tls,
    handlers: handlersOf(options, closing.signal),
    admit: credentials ? refusalWithout(credentials) : () => undefined,
    maxMessageBytes: MAX_MESSAGE_BYTES,
    maxConnections: options.maxConnections ?? 1_000,
    maxCalls: options.maxCalls ?? 1_000,
    keepaliveMs: options.keepaliveMs ?? 10_000,
  });
  const address = `${host}:${server.port}`;
  let closed: Promise<void> | undefined;
  return {
    port: server.port,
    connectionString: `esdb://${address}?tls=${tls !== undefined}`,
    health: () => {
      const { connections, calls } = server;
      if (closed) return { state: 'down', detail: `the log's node at ${address} is closed`, connections, calls };
      const { state } = log.health();
      const detail = `the log is served at ${address}${tls ? ' over TLS' : ''}`;
      if (!server.lastFault) return { state, detail, connections, calls };
      const fault = `${detail}, and the system has refused: ${server.lastFault.message}`;
      return { state: state === 'up' ? 'degraded' : state, detail: fault, connections, calls };
    },
    close: () => {
      closed ??= server.close(closeDeadlineMs);
      closing.abort();
      return closed;
    },
  };
};

const handlersOf = (options: EventStoreNodeOptions, closing: AbortSignal): ReadonlyMap<string, Handler> => {
  const { log, maxBufferedBytes = 1024 * 1024, maxAppendBytes = 64 * 1024 * 1024 } = options;
  const budget = new AppendBudget(maxAppendBytes);
  const unserved = [OperationsService, ...Object.values(FOREIGN_SERVICES)].flatMap((service) => Object.values(service));
  return new Map<string, Handler>([
    ...unserved.map(({ path }): [string, Handler] => [path, unimplemented(path)]),
    [StreamsService.read.path, read(log, { maxBufferedBytes, closing })],
    [StreamsService.append.path, append(log, budget)],
    [StreamsService.batchAppend.path, batchAppend(log, { budget, maxBufferedBytes, closing })],
    [StreamsService.delete.path, deleteStream(log)],
    [StreamsService.tombstone.path, tombstoneStream(log)],
    [ServerFeaturesService.getSupportedMethods.path, supportedMethods],
    [GossipService.read.path, gossipRead()],
    [OperationsService.startScavenge.path, startScavenge(log)],
  ]);
};

/** What the embedded log has not: each method says so. */
const unimplemented =
  (path: string): Handler =>
  (call) => {
    const details = `${path} is not served by the embedded log: it has streams and $all; use EventStoreDB for the rest`;
    call.end({ code: GrpcCode.UNIMPLEMENTED, details });
  };
