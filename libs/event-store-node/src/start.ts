import { Server, ServerCredentials, status, type UntypedServiceImplementation } from '@grpc/grpc-js';
import type { ServiceDefinition } from '@grpc/grpc-js';
import type { LogHealth, RecordLog } from '@millwright/event-store';
import { onlyWith, type Credentials } from './access.js';
import { append } from './append.js';
import { batchAppend } from './batch-append.js';
import { gossipRead, supportedMethods } from './cluster.js';
import { startScavenge } from './operations.js';
import {
  FOREIGN_SERVICES,
  GossipService,
  OperationsService,
  ServerFeaturesService,
  StreamsService,
} from '@millwright/esdb-protocol';
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
  /** Bytes that wait in this process for one client, in either direction; default 4 MiB. */
  readonly maxBufferedBytes?: number;
  /** Calls that one connection may have open at once; default 1,000. */
  readonly maxCallsPerConnection?: number;
  /** How long `close` waits for appends under way, milliseconds; default 5,000. */
  readonly closeDeadlineMs?: number;
}

export interface EventStoreNode {
  readonly port: number;
  /** For EventStoreDB's clients, without credentials. */
  readonly connectionString: string;
  health(): Pick<LogHealth, 'state' | 'detail'>;
  /** Takes no more calls, ends subscriptions, waits for appends under way. */
  close(): Promise<void>;
}

/** The client's largest batch of messages is 3 MiB; an append beyond 1 MiB gets the protocol's own answer. */
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
/** A dead client is found after so long without an answer to a ping. */
const KEEPALIVE_MS = 10_000;

/** Serves a log by EventStoreDB's gRPC protocol. Rejects with the system's error when the address cannot be used (EADDRINUSE in the message). */
export const startEventStoreNode = async (options: EventStoreNodeOptions): Promise<EventStoreNode> => {
  const { log, host = '127.0.0.1', tls, credentials, maxBufferedBytes = 4 * 1024 * 1024 } = options;
  const { maxCallsPerConnection = 1_000, closeDeadlineMs = 5_000 } = options;
  const closing = new AbortController();
  const server = new Server({
    ...(credentials && { interceptors: [onlyWith(credentials)] }),
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': maxCallsPerConnection,
    'grpc.keepalive_time_ms': KEEPALIVE_MS,
    'grpc.keepalive_timeout_ms': KEEPALIVE_MS,
  });
  server.addService(StreamsService, {
    read: read(log, { maxBufferedBytes, closing: closing.signal }),
    append: append(log),
    batchAppend: batchAppend(log, maxBufferedBytes),
    delete: deleteStream(log),
    tombstone: tombstoneStream(log),
  });
  server.addService(ServerFeaturesService, { getSupportedMethods: supportedMethods });
  server.addService(GossipService, { read: gossipRead() });
  server.addService(OperationsService, { ...refusing(OperationsService), startScavenge: startScavenge(log) });
  for (const service of Object.values(FOREIGN_SERVICES)) server.addService(service, refusing(service));

  const port = await listen(server, `${host}:${options.port ?? 2113}`, tls);
  let closed: Promise<void> | undefined;
  return {
    port,
    connectionString: `esdb://${host}:${port}?tls=${tls !== undefined}`,
    health: () =>
      closing.signal.aborted
        ? { state: 'down', detail: `the log's node at ${host}:${port} is closed` }
        : { state: log.health().state, detail: `the log is served at ${host}:${port}${tls ? ' over TLS' : ''}` },
    close: () => {
      closing.abort();
      return (closed ??= shutDown(server, closeDeadlineMs));
    },
  };
};

const listen = (server: Server, address: string, tls: EventStoreNodeOptions['tls']): Promise<number> => {
  const credentials = tls
    ? ServerCredentials.createSsl(null, [{ cert_chain: Buffer.from(tls.cert), private_key: Buffer.from(tls.key) }])
    : ServerCredentials.createInsecure();
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => (error ? reject(error) : resolve(port)));
  });
};

const shutDown = (server: Server, deadlineMs: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => server.forceShutdown(), deadlineMs);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });

/** What the embedded log has not: each method says so. */
const refusing = (service: ServiceDefinition<UntypedServiceImplementation>): UntypedServiceImplementation =>
  Object.fromEntries(
    Object.entries(service).map(([name, { path, responseStream }]) => {
      const details = `${path} is not served by the embedded log: it has streams and $all; use EventStoreDB for the rest`;
      const refusal = { code: status.UNIMPLEMENTED, details };
      return [
        name,
        (call: { emit(event: 'error', error: object): void }, answer?: (error: object) => void) =>
          responseStream || !answer ? call.emit('error', refusal) : answer(refusal),
      ];
    }),
  );
