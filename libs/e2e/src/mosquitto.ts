import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import getPort from 'get-port';
import { connectAsync, type MqttClient } from 'mqtt';
import { tempDir, TestProcess } from './processes.js';

/** Debian's broker on a free port, its queue for absent clients without a limit. */
export const startMosquitto = async (): Promise<{ process: TestProcess; url: string }> => {
  const port = await getPort();
  const conf = join(tempDir(), 'mosquitto.conf');
  writeFileSync(
    conf,
    `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\nmax_queued_messages 0\nmax_inflight_messages 0\n`,
  );
  const process = new TestProcess('mosquitto', ['-c', conf, '-v']);
  await process.until(/mosquitto version \S+ running/);
  return { process, url: `mqtt://127.0.0.1:${port}` };
};

export const connectMqtt = (url: string): Promise<MqttClient> =>
  connectAsync(url, { clean: true, connectTimeout: 10_000, reconnectPeriod: 0 });
