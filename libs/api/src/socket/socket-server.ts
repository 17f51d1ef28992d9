import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ComponentHealth } from '@millwright/actor-host';
import { Inject, Injectable } from '@nestjs/common';
import { WebSocketServer, type WebSocket } from 'ws';
import { API_LIMITS, API_OPTIONS, type ApiLimits, type ApiOptions } from '../api-options.js';
import { originFault } from '../http/same-origin.js';
import { GraphQLExecutor } from '../request/graphql-executor.js';
import { GroupRegistry } from '../stream/group-registry.js';
import { LiveFeed } from '../stream/live-feed.js';
import { Removals } from '../stream/removals.js';
import { ClientSocket } from './client-socket.js';
import { Connection, type ConnectionServices } from './connection.js';
import { CloseCode, SUBPROTOCOL } from './protocol.js';

const PATH = '/graphql';
/** A document may be long as a string, and twice as long escaped; its variables need room too. */
const MESSAGE_BYTES_PER_DOCUMENT_BYTE = 4;

/** Takes WebSocket upgrades at /graphql, and ends every socket when the server closes. */
@Injectable()
export class SocketServer {
  private readonly options: ApiOptions;
  private readonly limits: ApiLimits;
  private readonly services: ConnectionServices;
  private readonly connections = new Set<Connection>();
  private readonly sockets: WebSocketServer;
  private readonly running = new AbortController();
  private cut = 0;
  private feeding: Promise<void> | undefined;

  constructor(
    @Inject(API_OPTIONS) options: ApiOptions,
    @Inject(API_LIMITS) limits: ApiLimits,
    @Inject(GraphQLExecutor) executor: GraphQLExecutor,
    @Inject(GroupRegistry) groups: GroupRegistry,
    @Inject(LiveFeed) feed: LiveFeed,
    @Inject(Removals) removals: Removals,
  ) {
    this.options = options;
    this.limits = limits;
    this.services = { executor, groups, feed, removals, store: options.store, limits, onCut: () => this.cut++ };
    this.sockets = new WebSocketServer({
      noServer: true,
      // Frames shared by many sockets cannot be compressed for each.
      perMessageDeflate: false,
      maxPayload: limits.documentBytes * MESSAGE_BYTES_PER_DOCUMENT_BYTE,
      handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    });
  }

  health(): ComponentHealth {
    const { state, detail } = this.services.feed.health();
    const cut = this.cut > 0 ? `, ${this.cut} cut because they did not read` : '';
    const sockets = `${this.connections.size} sockets in ${this.services.groups.size} groups${cut}`;
    return { name: 'subscriptions', state, detail: `${detail}; ${sockets}` };
  }

  attach(server: Server): void {
    server.on('upgrade', (request, stream, head) => this.upgrade(request, stream, head));
    this.feeding = this.services.feed.run(this.running.signal);
  }

  /** Says goodbye to every client; those that do not answer in time are cut. */
  async close(deadlineMs: number): Promise<void> {
    this.running.abort();
    for (const connection of this.connections) connection.close(CloseCode.GoingAway, 'the server is closing');
    const deadline = performance.now() + deadlineMs;
    while (this.connections.size > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    for (const connection of this.connections) connection.terminate();
    await this.feeding;
  }

  private upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const refuse = (status: string, reason: string): void => {
      const body = `${reason}\n`;
      stream.end(
        `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    };
    stream.on('error', () => stream.destroy());
    if (request.url?.split('?')[0] !== PATH) return refuse('404 Not Found', `WebSockets are served at ${PATH}`);
    const fault = originFault(request, this.options.allowedHosts);
    if (fault !== undefined) return refuse('403 Forbidden', fault);
    if (this.running.signal.aborted || this.connections.size >= this.limits.sockets) {
      return refuse('503 Service Unavailable', `${this.connections.size} sockets are open, the most allowed`);
    }
    this.sockets.handleUpgrade(request, stream, head, (socket) => this.accept(socket, stream));
  }

  private accept(socket: WebSocket, stream: Duplex): void {
    const out = new ClientSocket(socket, stream, this.limits.socketBufferBytes);
    const connection = new Connection(this.services, socket, out);
    this.connections.add(connection);
    socket.on('close', () => this.connections.delete(connection));
    if (socket.protocol !== SUBPROTOCOL) {
      connection.close(CloseCode.SubprotocolNotAcceptable, `Subprotocol not acceptable; offer ${SUBPROTOCOL}`);
    }
  }
}
