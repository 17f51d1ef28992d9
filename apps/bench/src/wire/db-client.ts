import { ANY, END, EventStoreDBClient, jsonEvent, START, type ResolvedEvent } from '@eventstore/db-client';
import { countUntil } from '../common/count-until.js';
import { inspectNode, startNode } from './node-process.js';
import type { WireSubject } from './wire-store.js';

/** The official client as its guide has it, against a node of its own. */
export const dbClient: WireSubject = {
  name: 'db-client',
  open: async (folder) => {
    const node = await startNode(folder);
    const client = EventStoreDBClient.connectionString(node.address);
    const readAll = (until: number): Promise<number> =>
      countUntil(client.readAll({ fromPosition: START }), until, isWhole);
    return {
      append: (stream, records) =>
        client.appendToStream(
          `bench-${stream}`,
          records.map(({ id, type, parsed }) => jsonEvent({ id, type, data: parsed.data, metadata: parsed.metadata })),
          { expectedRevision: ANY },
        ),
      // It parses what is JSON, unasked.
      readAll,
      readAllParsed: readAll,
      readStream: (stream, until) => countUntil(client.readStream(`bench-${stream}`), until, isWhole),
      follow: async (see) => {
        const subscription = client.subscribeToAll({ fromPosition: END });
        subscription.on('data', ({ event }: ResolvedEvent) => event && see(event.id));
        await new Promise((resolve, reject) => subscription.once('confirmation', resolve).once('error', reject));
        return () => subscription.unsubscribe();
      },
      serverCpuSeconds: () => node.cpuSeconds(),
      close: async () => {
        await client.dispose();
        await node.stop();
      },
    };
  },
  inspect: inspectNode,
};

const isWhole = ({ event }: ResolvedEvent): boolean => event?.data !== undefined;
