import { WebSocket } from 'ws';
import type { TestPlant } from './test-plant.fixture.js';

export interface Message {
  readonly id?: string;
  readonly type: string;
  // What a subscription says has the form of its document; the specs say it.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly payload?: any;
}

/** A client that speaks the protocol by hand, so that it can also break its rules. */
export class RawClient {
  readonly messages: Message[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;
  readonly socket: WebSocket;
  private readonly watchers = new Set<() => void>();

  constructor(
    plant: TestPlant,
    protocol: string | string[] = 'graphql-transport-ws',
    headers: Record<string, string> = {},
  ) {
    this.socket = new WebSocket(`${plant.origin.replace('http', 'ws')}/graphql`, protocol, { headers });
    this.socket.on('message', (data) => {
      this.messages.push(JSON.parse(String(data)) as Message);
      this.look();
    });
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
      this.look();
    });
    this.socket.on('error', () => undefined);
  }

  /** A client whose connection is acknowledged. */
  static async connect(plant: TestPlant): Promise<RawClient> {
    const client = new RawClient(plant);
    await client.open();
    client.send({ type: 'connection_init' });
    await client.until(() => client.messages.some(({ type }) => type === 'connection_ack'));
    return client;
  }

  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.once('open', resolve);
      this.socket.once('error', reject);
    });
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  subscribe(id: string, query: string, variables: object = {}): void {
    this.send({ id, type: 'subscribe', payload: { query, variables } });
  }

  /** Data of the `next` messages of an operation. */
  items(id: string): Message['payload'][] {
    return this.messages.flatMap((m) => (m.id === id && m.type === 'next' ? [m.payload.data] : []));
  }

  of(id: string, type: string): Message[] {
    return this.messages.filter((m) => m.id === id && m.type === type);
  }

  until(passes: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!passes()) return;
        this.watchers.delete(look);
        resolve();
      };
      this.watchers.add(look);
      look();
    });
  }

  async closing(): Promise<{ readonly code: number; readonly reason: string }> {
    await this.until(() => this.closed !== undefined);
    return this.closed!;
  }

  /** Breaks the connection without a word, as a network does. */
  cut(): void {
    this.socket.terminate();
  }

  private look(): void {
    for (const watcher of this.watchers) watcher();
  }
}
