import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { fileURLToPath } from 'node:url';

const FIXTURE = fileURLToPath(new URL('./fault-server.fixture.mjs', import.meta.url));

/** A log server in another process, on a port and file that stay when it is started again. */
export class LogServer {
  private readonly path: string;
  readonly port: number;
  private child: ChildProcess | undefined;

  constructor(path: string, port: number) {
    this.path = path;
    this.port = port;
  }

  async start(): Promise<void> {
    const child = (this.child = spawn(process.execPath, [FIXTURE, this.path, String(this.port)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    }));
    await once(child.stdout!, 'data');
  }

  signal(signal: NodeJS.Signals): void {
    this.child!.kill(signal);
  }

  async kill(): Promise<void> {
    if (!this.child || this.child.signalCode !== null) return;
    const closed = once(this.child, 'close');
    this.child.kill('SIGKILL');
    await closed;
  }
}

/** A wire between client and server that can be cut without either of them being told. */
export class Wire {
  readonly port: number;
  private readonly server: Server;
  private readonly target: number;
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private dead = false;
  private delayMs = 0;

  private constructor(server: Server, target: number) {
    this.server = server;
    this.target = target;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (near) => this.join(near));
  }

  static async to(target: number): Promise<Wire> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Wire(server, target);
  }

  /** From now on nothing passes, and nobody is told: connections stay open, new ones are accepted. */
  cut(): void {
    this.dead = true;
    for (const sockets of this.pairs) for (const socket of sockets) socket.pause().unpipe();
  }

  /** From now on everything takes so long in either direction, in connections to come. */
  slow(ms: number): void {
    this.delayMs = ms;
  }

  /** The connections that were cut are reset, and new ones pass. */
  mend(): void {
    this.dead = false;
    for (const sockets of this.pairs) for (const socket of sockets) socket.resetAndDestroy();
    this.pairs.clear();
  }

  async close(): Promise<void> {
    this.mend();
    this.server.close();
    await once(this.server, 'close');
  }

  private delay(): Transform {
    const { delayMs } = this;
    return new Transform({
      // What comes within a delay goes together, as on a line with a long way and room enough.
      transform: (chunk, _, done) =>
        void (delayMs === 0 ? done(null, chunk) : setTimeout(() => done(null, chunk), delayMs)),
    });
  }

  private join(near: Socket): void {
    const far = connect(this.target, '127.0.0.1');
    const pair = [near, far] as const;
    this.pairs.add(pair);
    for (const [socket, other] of [pair, [far, near]] as const) {
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.pairs.delete(pair);
        if (!this.dead) other.destroy();
      });
    }
    if (this.dead) return void pair.forEach((socket) => socket.pause());
    near.pipe(this.delay()).pipe(far);
    far.pipe(this.delay()).pipe(near);
  }
}
