import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { Aedes, type Client } from 'aedes';
import type { Message } from './mqtt-payloads.js';
import type { Publisher } from './mqtt-device.js';

/** How long messages are kept for a client that is away, so that a restart of the server loses nothing. */
const SESSION_EXPIRY_MS = 10 * 60_000;

/** Part of aedes that its types leave out. */
interface Sessions {
  readonly persistence: { cleanSubscriptions(client: Client, done: () => void): void };
}

/** A broker of our own. Resolves to undefined when somebody already listens there; rejects with what `listen` said otherwise. */
export const startBroker = async (host: string, port: number): Promise<Publisher | undefined> => {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw error;
  }
  return new Broker(server, (await Aedes.createBroker()) as Aedes & Sessions);
};

class Broker implements Publisher {
  readonly kind = 'broker';
  private readonly server: Server;
  private readonly aedes: Aedes & Sessions;
  private readonly away = new Map<string, NodeJS.Timeout>();

  constructor(server: Server, aedes: Aedes & Sessions) {
    this.server = server;
    this.aedes = aedes;
    server.on('connection', (socket) => aedes.handle(socket));
    aedes.on('clientReady', ({ id }) => this.back(id));
    aedes.on('clientDisconnect', (client) => this.gone(client));
    // A client that breaks the protocol is cut off by aedes itself.
    aedes.on('clientError', () => undefined);
    aedes.on('connectionError', () => undefined);
  }

  publish({ topic, payload }: Message): void {
    this.aedes.publish(
      { cmd: 'publish', qos: 1, dup: false, retain: false, topic, payload: Buffer.from(payload) },
      () => undefined,
    );
  }

  async stop(): Promise<void> {
    for (const timer of this.away.values()) clearTimeout(timer);
    const closed = new Promise((resolve) => this.server.close(resolve));
    await new Promise<void>((resolve) => this.aedes.close(() => resolve()));
    await closed;
  }

  /** aedes keeps sessions for ever: without an end, the queue of a server that never comes back would fill the memory. */
  private gone(client: Client): void {
    this.back(client.id);
    const expire = (): void => {
      this.away.delete(client.id);
      this.aedes.persistence.cleanSubscriptions(client, () => undefined);
    };
    this.away.set(client.id, setTimeout(expire, SESSION_EXPIRY_MS));
  }

  private back(id: string): void {
    clearTimeout(this.away.get(id));
    this.away.delete(id);
  }
}
