import type { EventStore } from '@millwright/event-store';
import type { GraphQLFormattedError } from 'graphql';
import type { RawData, WebSocket } from 'ws';
import type { ApiLimits } from '../api-options.js';
import { ApiError } from '../error/api-error.js';
import { formatError } from '../error/error-format.js';
import type { GraphQLExecutor, GraphQLRequest } from '../request/graphql-executor.js';
import { isFaulty, type PreparedOperation } from '../request/prepared-operation.js';
import type { GroupRegistry } from '../stream/group-registry.js';
import type { LiveFeed } from '../stream/live-feed.js';
import type { Removals } from '../stream/removals.js';
import { Subscription } from '../stream/subscription.js';
import { SlowClientError, type ClientSocket } from './client-socket.js';
import { CloseCode, closeReason, parseMessage, type ClientMessage } from './protocol.js';

export interface ConnectionServices {
  readonly executor: GraphQLExecutor;
  readonly groups: GroupRegistry;
  readonly feed: LiveFeed;
  readonly removals: Removals;
  readonly store: EventStore;
  readonly limits: ApiLimits;
  /** Told of each client that was ended because it did not read. */
  readonly onCut: () => void;
}

/** An operation of the client that runs: `undefined` until it is known to be a subscription. */
interface Running {
  subscription?: Subscription;
}

/** One client's side of graphql-transport-ws: the rules of the protocol, and its operations by id. */
export class Connection {
  private readonly services: ConnectionServices;
  private readonly socket: WebSocket;
  private readonly out: ClientSocket;
  private readonly operations = new Map<string, Running>();
  private initialised = false;
  private alive = true;
  private heldBack = false;
  private readonly initTimer: NodeJS.Timeout;
  private readonly keepAlive: NodeJS.Timeout;

  constructor(services: ConnectionServices, socket: WebSocket, out: ClientSocket) {
    this.services = services;
    this.socket = socket;
    this.out = out;
    const { connectionInitMs, keepAliveMs } = services.limits;
    this.initTimer = setTimeout(
      () => this.close(CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout'),
      connectionInitMs,
    );
    this.keepAlive = setInterval(() => this.ping(), keepAliveMs);
    socket.on('message', (data, isBinary) => this.receive(data, isBinary));
    socket.on('pong', () => (this.alive = true));
    socket.on('close', () => this.ended());
    // The library closes the socket after an error, with a code that says which.
    socket.on('error', () => undefined);
  }

  close(code: number, reason: string): void {
    // The goodbye of a client that was held back must be read.
    this.socket.resume();
    this.socket.close(code, closeReason(reason));
    this.ended();
  }

  /** Ends the socket without waiting for the client. */
  terminate(): void {
    this.socket.terminate();
  }

  private receive(data: RawData, isBinary: boolean): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    const message = isBinary ? 'the message is binary; expected JSON text' : parseMessage(String(data));
    if (typeof message === 'string') return this.close(CloseCode.BadRequest, `Invalid message: ${message}`);
    this.handle(message);
    this.holdBack();
  }

  private handle(message: ClientMessage): void {
    switch (message.type) {
      case 'connection_init':
        return this.init();
      case 'ping':
        return this.out.send({ type: 'pong', ...(message.payload && { payload: message.payload }) });
      case 'pong':
        return;
      case 'complete':
        this.operations.get(message.id)?.subscription?.end();
        this.operations.delete(message.id);
        return;
      case 'subscribe':
        return this.subscribe(message.id, message.request);
    }
  }

  private init(): void {
    if (this.initialised) {
      return this.close(CloseCode.TooManyInitialisationRequests, 'Too many initialisation requests');
    }
    this.initialised = true;
    clearTimeout(this.initTimer);
    this.out.send({ type: 'connection_ack' });
  }

  private subscribe(id: string, request: GraphQLRequest): void {
    if (!this.initialised) return this.close(CloseCode.Unauthorized, 'Unauthorized');
    if (this.operations.has(id)) {
      return this.close(CloseCode.SubscriberAlreadyExists, `Subscriber for ${id} already exists`);
    }
    const { operationsPerSocket } = this.services.limits;
    if (this.operations.size >= operationsPerSocket) {
      const error = new ApiError(
        'TOO_COMPLEX',
        `${operationsPerSocket} operations run on this socket, the most allowed; complete one first`,
      );
      return this.sendError(id, [formatError(error)]);
    }
    const running: Running = {};
    this.operations.set(id, running);
    this.run(id, running, request).catch((error: unknown) => {
      if (error instanceof SlowClientError) this.cut();
      else this.finish(id, running, () => this.sendError(id, [formatError(error)]));
    });
  }

  private async run(id: string, running: Running, request: GraphQLRequest): Promise<void> {
    const prepared = this.services.executor.prepare(request);
    if (isFaulty(prepared)) return this.finish(id, running, () => this.sendError(id, prepared.map(formatError)));
    if (prepared.operation.operation === 'subscription') return this.stream(id, running, prepared, request);
    const payload = await this.services.executor.run(prepared, request.variables);
    this.finish(id, running, () => {
      // No data and no path: the request itself was refused, which is `error` in this protocol.
      if (payload.data === undefined && payload.errors) return this.sendError(id, payload.errors);
      this.out.send({ id, type: 'next', payload });
      this.out.send({ id, type: 'complete' });
      this.holdBack();
    });
  }

  private async stream(
    id: string,
    running: Running,
    prepared: PreparedOperation,
    request: GraphQLRequest,
  ): Promise<void> {
    const ticket = await this.services.groups.enter(prepared, request.variables ?? {});
    if ('errors' in ticket) return this.finish(id, running, () => this.sendError(id, ticket.errors.map(formatError)));
    if (this.operations.get(id) !== running) return ticket.release();
    running.subscription = new Subscription({ ...this.services, socket: this.out, id, ticket });
    await running.subscription.run();
  }

  /** Says the last word about an operation, unless the client has ended it already. */
  private finish(id: string, running: Running, say: () => void): void {
    if (this.operations.get(id) !== running) return;
    this.operations.delete(id);
    say();
  }

  private sendError(id: string, payload: readonly GraphQLFormattedError[]): void {
    this.out.send({ id, type: 'error', payload });
  }

  /** A client that does not read its answers is not read either, until it does; when that takes too long, it is cut. */
  private holdBack(): void {
    if (this.heldBack || !this.out.isBehind) return;
    this.heldBack = true;
    this.socket.pause();
    const { socketBufferBytes, stallMs } = this.services.limits;
    this.out.drained(socketBufferBytes, stallMs).then(
      () => {
        this.heldBack = false;
        this.socket.resume();
      },
      () => this.cut(),
    );
  }

  /** Ends a client that does not read. What it was sent is complete up to the position named. */
  private cut(): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    this.services.onCut();
    const positions = [...this.operations.values()].flatMap(({ subscription }) =>
      subscription ? [subscription.position] : [],
    );
    const last = positions.reduce<bigint | undefined>((a, b) => (a === undefined || b < a ? b : a), undefined);
    const resume = last === undefined || last < 0n ? '' : `; resume after ${last}`;
    this.close(CloseCode.SlowConsumer, `the client does not read${resume}`);
  }

  private ping(): void {
    if (!this.alive) return this.socket.terminate();
    this.alive = false;
    if (this.socket.readyState === this.socket.OPEN) this.socket.ping();
  }

  private ended(): void {
    clearTimeout(this.initTimer);
    for (const { subscription } of this.operations.values()) subscription?.end();
    this.operations.clear();
    if (this.socket.readyState === this.socket.CLOSED) clearInterval(this.keepAlive);
  }
}
