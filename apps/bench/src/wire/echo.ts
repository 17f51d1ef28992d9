import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { credentials } from '@grpc/grpc-js';
import { StreamsClient, uuidText, type BatchAppendResp, type ReadResp } from '@millwright/esdb-protocol';
import { countUntil } from '../common/count-until.js';
import { appendMessage, readMessage } from './echo-messages.js';
import { startServer } from './node-process.js';
import type { WireSubject } from './wire-store.js';

/** Servers are JavaScript: from source (in specs) as from the build, the built one runs. */
const SERVER = join(import.meta.dirname, '../../dist/wire/echo-server.js');
const MOST_EVENTS = 10_000_000;

/** gRPC with the same messages and nothing behind it: the most that the protocol allows on this machine, in this language. */
export const echo: WireSubject = {
  name: 'grpc-echo',
  open: async () => {
    const server = await startServer(SERVER, []);
    const client = new StreamsClient(server.address, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
      'grpc-node.flow_control_window': 1024 * 1024,
    });
    const waiting = new Map<string, () => void>();
    const appends = client.batchAppend();
    let failure: Error | undefined;
    appends.on('data', (answer: BatchAppendResp) => {
      const id = uuidText(answer.getCorrelationId());
      waiting.get(id)?.();
      waiting.delete(id);
    });
    appends.on('error', (error) => (failure = error));
    return {
      append: (stream, records) =>
        new Promise<void>((resolve, reject) => {
          if (failure) return reject(failure);
          const id = randomUUID();
          waiting.set(id, resolve);
          appends.write(appendMessage(id, `bench-${stream}`, records));
        }),
      readAll: async (until) => {
        const call = client.read(readMessage({ count: MOST_EVENTS }));
        call.on('error', () => undefined);
        const isWhole = (answer: ReadResp): boolean => answer.getEvent()!.getEvent()!.getData_asU8().length > 0;
        const events = await countUntil(call as AsyncIterable<ReadResp>, until, isWhole);
        call.cancel();
        return events;
      },
      follow: async (see) => {
        const call = client.read(readMessage('live'));
        await new Promise<void>((resolve, reject) => {
          call.on('error', reject);
          call.on('data', (answer: ReadResp) => {
            if (answer.hasConfirmation()) resolve();
            else see(uuidText(answer.getEvent()?.getEvent()?.getId()));
          });
        });
        return async () => call.cancel();
      },
      serverCpuSeconds: () => server.cpuSeconds(),
      close: async () => {
        appends.cancel();
        client.close();
        await server.stop();
      },
    };
  },
};
