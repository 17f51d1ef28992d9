import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import getPort from 'get-port';
import { startChild, type Child } from '../processes.js';

export interface Broker {
  readonly child: Child;
  readonly port: number;
}

/** mosquitto with its limits on queues lifted, so that it is not what loses messages. */
export const startBroker = async (dir: string): Promise<Broker> => {
  const port = await getPort();
  const conf = join(dir, 'mosquitto.conf');
  writeFileSync(
    conf,
    `listener ${port} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 0\nmax_queued_messages 0\npersistence false\nset_tcp_nodelay true\n`,
  );
  const child = startChild('mosquitto', ['-c', conf]);
  child.on('error', () =>
    console.error(
      'mosquitto is missing: node scripts/setup-peers.mjs installs it on Debian, or use your package manager',
    ),
  );
  await listening(port, 10_000);
  return { child, port };
};

const listening = async (port: number, deadlineMs: number): Promise<void> => {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false));
      socket.once('close', () => undefined).unref();
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    if (Date.now() > deadline) throw new Error(`mosquitto does not listen on port ${port} after ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
