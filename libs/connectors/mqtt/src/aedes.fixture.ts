import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import getPort from 'get-port';

/** A broker in this process that can go away and come back on its port; retained messages come back with it. */
export class TestBroker {
  readonly port: number;
  private readonly retained = new Map<string, string>();
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  aedes: Aedes | undefined;

  private constructor(port: number) {
    this.port = port;
  }

  static async start(): Promise<TestBroker> {
    const broker = new TestBroker(await getPort());
    await broker.start();
    return broker;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const aedes = await Aedes.createBroker();
    this.aedes = aedes;
    this.server = createServer((socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      aedes.handle(socket);
    });
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    for (const [topic, payload] of this.retained) await this.publish(topic, payload);
  }

  async stop(): Promise<void> {
    const { server, aedes } = this;
    this.server = this.aedes = undefined;
    if (!server || !aedes) return;
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
    await new Promise((resolve) => server.close(resolve));
  }

  /** Retained, QoS 1 unless said otherwise. */
  publish(
    topic: string,
    payload: string,
    { retain = true, qos = 1 }: { retain?: boolean; qos?: 0 | 1 } = {},
  ): Promise<void> {
    if (retain) this.retained.set(topic, payload);
    const packet = { cmd: 'publish', topic, payload, qos, retain, dup: false } as const;
    return new Promise((resolve, reject) => {
      if (!this.aedes) return resolve();
      this.aedes.publish(packet, (error) => (error ? reject(error) : resolve()));
    });
  }
}
