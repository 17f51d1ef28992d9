import { JsonEventStore, type RecordLog } from '@millwright/event-store';
import { openEsdbRecordLog } from '@millwright/event-store-esdb';
import { countUntil } from '../common/count-until.js';
import { inspectNode, startNode } from './node-process.js';
import type { WireStore, WireSubject } from './wire-store.js';

/** `event-store-esdb` against the embedded log's node in another process. */
export const ours: WireSubject = {
  name: 'millwright',
  open: async (folder) => {
    const node = await startNode(folder);
    const log = await openEsdbRecordLog({ connectionString: node.address, deadlineMs: 60_000 });
    return {
      ...esdbStore(log, 'bench'),
      serverCpuSeconds: () => node.cpuSeconds(),
      close: async () => {
        await log.close();
        await node.stop();
      },
    };
  },
  inspect: inspectNode,
};

/** The same adapter against a real EventStoreDB; what it has written is deleted afterwards. */
export const realEventStoreDb = (connectionString: string): WireSubject => ({
  name: 'eventstoredb',
  open: async () => {
    const log = await openEsdbRecordLog({ connectionString, deadlineMs: 60_000 });
    const written = new Set<string>();
    const store = esdbStore(log, `bench-${Date.now()}`, (stream) => written.add(stream));
    return {
      ...store,
      close: async () => {
        for (const stream of written) await log.deleteStream(stream);
        await log.close();
      },
    };
  },
});

const esdbStore = (
  log: RecordLog,
  prefix: string,
  told: (stream: string) => void = () => undefined,
): Omit<WireStore, 'close'> => {
  const events = new JsonEventStore(log);
  const nameOf = (stream: number): string => `${prefix}-${stream}`;
  return {
    append: (stream, records) => {
      told(nameOf(stream));
      return log.append(nameOf(stream), 'any', records);
    },
    readAll: (until) => countUntil(log.readAll(), until, isWhole),
    readAllParsed: (until) => countUntil(events.readAll(), until, isWhole),
    readStream: (stream, until) => countUntil(log.readStream(nameOf(stream)), until, isWhole),
    follow: async (see) => {
      const stop = new AbortController();
      const items = events.subscribe({ after: 'end', signal: stop.signal });
      let live: () => void = () => undefined;
      const isLive = new Promise<void>((resolve) => (live = resolve));
      const followed = (async () => {
        for await (const item of items) {
          if (item.kind === 'caught-up') live();
          else for (const { id } of item.events) see(id);
        }
      })();
      await Promise.race([isLive, followed]);
      return async () => {
        stop.abort();
        await followed;
      };
    },
  };
};

const isWhole = ({ data }: { readonly data: object | string }): boolean => data !== '';
