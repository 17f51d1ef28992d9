import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@millwright/edge/testing';
import getPort from 'get-port';

const BINARY = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/opt/homebrew/sbin/mosquitto'].find((path) =>
  existsSync(path),
);

/** Debian's mosquitto in a process and a folder of its own; what it holds survives a restart. */
export class Mosquitto {
  readonly port: number;
  private readonly folder = mkdtempSync(join(tmpdir(), 'millwright-mosquitto-'));
  private child: ChildProcess | undefined;

  private constructor(port: number) {
    this.port = port;
    const lines = [
      `listener ${port} 127.0.0.1`,
      'allow_anonymous true',
      // Started by root it would become a user who cannot write to the folder.
      `user ${userInfo().username}`,
      'persistence true',
      `persistence_location ${this.folder}/`,
      'max_queued_messages 0',
    ];
    writeFileSync(join(this.folder, 'mosquitto.conf'), `${lines.join('\n')}\n`);
  }

  static async start(): Promise<Mosquitto> {
    const broker = new Mosquitto(await getPort());
    await broker.start();
    return broker;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    if (!BINARY)
      throw new Error('mosquitto is not installed: run "node scripts/setup-peers.mjs", or "apt-get install mosquitto"');
    this.child = spawn(BINARY, ['-c', join(this.folder, 'mosquitto.conf')], { stdio: 'ignore' });
    await eventually('mosquitto to listen', () => answers(this.port));
  }

  /** As a service manager does: it writes what it holds to disk. */
  async stop(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (!child || child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
