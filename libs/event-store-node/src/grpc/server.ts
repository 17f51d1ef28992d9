import {
  createSecureServer,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Call } from './call.js';
import { GrpcCode, type GrpcStatus } from './status.js';

/** Serves one call, and ends it. */
export type Handler = (call: Call) => void;

export interface GrpcServerOptions {
  readonly host: string;
  readonly port: number;
  /** PEM. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer } | undefined;
  /** By path: `/package.Service/Method`. */
  readonly handlers: ReadonlyMap<string, Handler>;
  /** Why a call is not let in; undefined: it is. */
  readonly admit: (path: string, headers: IncomingHttpHeaders) => GrpcStatus | undefined;
  readonly maxMessageBytes: number;
  readonly maxConnections: number;
  readonly maxCalls: number;
  /** A connection that leaves a ping so long without an answer is dead, milliseconds. */
  readonly keepaliveMs: number;
}

/** Bytes that a client may send ahead on one call. */
const CALL_WINDOW_BYTES = 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 4 * CALL_WINDOW_BYTES;
/** What Node lets one connection have in memory, MB; what waits in calls is bounded by their handlers. */
const SESSION_MEMORY_MB = 512;

/**
 * gRPC on Node's HTTP/2. `@grpc/grpc-js` sends one message at a time and waits until the system has taken it: a fortieth of what goes
 * through here was measured.
 */
export class GrpcServer {
  private readonly options: GrpcServerOptions;
  private readonly http: Http2Server;
  private readonly sessions = new Set<ServerHttp2Session>();
  /** What the system has refused since it listens: to take a connection, for example. */
  lastFault: Error | undefined;
  private openCalls = 0;
  private whenIdle: (() => void) | undefined;

  private constructor(options: GrpcServerOptions) {
    this.options = options;
    const { tls, maxCalls, maxConnections } = options;
    const settings = { initialWindowSize: CALL_WINDOW_BYTES, maxConcurrentStreams: maxCalls };
    const http2 = { settings, maxSessionMemory: SESSION_MEMORY_MB };
    this.http = tls ? (createSecureServer({ ...http2, ...tls }) as Http2Server) : createServer(http2);
    this.http.maxConnections = maxConnections;
    this.http.on('session', (session) => this.accept(session));
    this.http.on('stream', (stream, headers) => this.take(stream, headers));
    this.http.on('sessionError', () => undefined);
  }

  /** Rejects with the system's error when the address cannot be listened on. */
  static async listen(options: GrpcServerOptions): Promise<GrpcServer> {
    const server = new GrpcServer(options);
    await new Promise<void>((resolve, reject) => {
      server.http.once('error', reject);
      server.http.listen(options.port, options.host, resolve);
    });
    server.http.removeAllListeners('error');
    server.http.on('error', (error) => (server.lastFault = error));
    return server;
  }

  get port(): number {
    return (this.http.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.sessions.size;
  }

  get calls(): number {
    return this.openCalls;
  }

  /** Takes no more connections or calls; resolves when those that are open have ended, or at the deadline, when they are cut. */
  async close(deadlineMs: number): Promise<void> {
    const closed = [
      new Promise<void>((resolve) => this.http.close(() => resolve())),
      ...[...this.sessions].map((session) => new Promise<void>((resolve) => session.once('close', resolve))),
    ];
    const idle = new Promise<void>((resolve) => (this.whenIdle = resolve));
    if (this.openCalls === 0) this.whenIdle?.();
    for (const session of this.sessions) session.goaway();
    const cut = setTimeout(() => {
      for (const session of this.sessions) session.destroy();
    }, deadlineMs);
    await idle;
    for (const session of this.sessions) session.close();
    await Promise.all(closed);
    clearTimeout(cut);
  }

  private accept(session: ServerHttp2Session): void {
    this.sessions.add(session);
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    let answered = true;
    const keepalive = setInterval(() => {
      if (!answered) return session.destroy();
      answered = false;
      if (!session.destroyed) session.ping(() => (answered = true));
    }, this.options.keepaliveMs);
    session.on('error', () => undefined);
    session.on('close', () => {
      clearInterval(keepalive);
      this.sessions.delete(session);
    });
  }

  private take(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const path = headers[':path'] ?? '';
    if (headers[':method'] !== 'POST' || !headers['content-type']?.startsWith('application/grpc')) {
      stream.on('error', () => undefined);
      stream.respond({ ':status': 415, 'content-type': 'text/plain' });
      return void stream.end(`this is a gRPC server; ${headers[':method']} ${path} is none of its calls\n`);
    }
    this.openCalls++;
    const call = new Call({
      stream,
      headers,
      maxMessageBytes: this.options.maxMessageBytes,
      onEnd: () => {
        if (--this.openCalls === 0) this.whenIdle?.();
      },
    });
    const refusal = this.refusalOf(path, headers);
    if (refusal) return call.end(refusal);
    if (!call.isOver) this.options.handlers.get(path)!(call);
  }

  private refusalOf(path: string, headers: IncomingHttpHeaders): GrpcStatus | undefined {
    if (this.whenIdle) return { code: GrpcCode.UNAVAILABLE, details: 'the node is being closed' };
    if (this.openCalls > this.options.maxCalls) {
      const details = `${this.options.maxCalls} calls are open, as many as may be; try again later`;
      return { code: GrpcCode.RESOURCE_EXHAUSTED, details };
    }
    if (!this.options.handlers.has(path)) return { code: GrpcCode.UNIMPLEMENTED, details: `${path} is not known here` };
    return this.options.admit(path, headers);
  }
}
