/**
 * A program of somebody else: only their client, a process of its own. Does one of everything, and prints what came of it as JSON.
 * Its argument is the connection string.
 */
import {
  BACKWARDS,
  binaryEvent,
  END,
  eventTypeFilter,
  jsonEvent,
  KurrentDBClient,
  NO_STREAM,
  persistentSubscriptionToStreamSettingsFromDefaults,
  START,
  streamNameFilter,
} from '@kurrent/kurrentdb-client';

const client = KurrentDBClient.connectionString(process.argv[2].replace('esdb://', 'kurrentdb://'));
const done = {};

const failure = async (promise) => {
  try {
    await promise;
    return 'no error';
  } catch (error) {
    const { type, streamName, expectedVersion, expectedState, actualVersion, actualState } = error;
    const text = (value) => (typeof value === 'bigint' ? value.toString() : value);
    return {
      type,
      streamName,
      expected: text(expectedState ?? expectedVersion),
      actual: text(actualState ?? actualVersion),
    };
  }
};
const read = async (events) => {
  const all = [];
  for await (const { event } of events) {
    const { streamId, revision, type, isJson, data, metadata } = event;
    const plain = (value) => (value instanceof Uint8Array ? [...value] : value);
    all.push({ streamId, revision: Number(revision), type, isJson, data: plain(data), metadata: plain(metadata) });
  }
  return all;
};
const numbers = (from, count, type = 'Counted') =>
  Array.from({ length: count }, (_, i) => jsonEvent({ type, data: { n: from + i } }));

const first = await client.appendToStream(
  'orders-Ä',
  [
    jsonEvent({ type: 'Placed', data: { text: 'Grüße 🏭', list: [1, null] }, metadata: { by: 'me' } }),
    binaryEvent({ type: 'Scanned', data: Uint8Array.from([0, 255, 10]), metadata: Uint8Array.from([1, 0]) }),
  ],
  { streamState: NO_STREAM },
);
done.append = {
  success: first.success,
  next: Number(first.nextExpectedRevision),
  hasPosition: first.position !== undefined,
};
done.readBack = await read(client.readStream('orders-Ä'));
done.wrongRevision = await failure(client.appendToStream('orders-Ä', numbers(0, 1), { streamState: 7n }));
done.noStream = await failure(client.appendToStream('orders-Ä', numbers(0, 1), { streamState: NO_STREAM }));

await client.appendToStream('counted', numbers(0, 10));
done.backwards = (
  await read(client.readStream('counted', { direction: BACKWARDS, fromRevision: END, maxCount: 3 }))
).map(({ data }) => data.n);
done.fromRevision = (await read(client.readStream('counted', { fromRevision: 8n }))).map(({ data }) => data.n);
done.absent = await failure(read(client.readStream('absent')));
done.filteredAll = (
  await read(client.readAll({ fromPosition: START, filter: eventTypeFilter({ regex: '^(Placed|Scanned)$' }) }))
).map(({ type }) => type);

await client.setStreamMetadata('counted', { maxCount: 4, owner: 'us' });
done.metadata = (await client.getStreamMetadata('counted')).metadata;
done.noMetadata = (await client.getStreamMetadata('absent')).metadata ?? null;
done.retained = (await read(client.readStream('counted'))).map(({ data }) => data.n);

const follow = (subscription, count) =>
  new Promise((resolve, reject) => {
    const seen = [];
    subscription.on('data', ({ event }) => {
      seen.push(event.data.n);
      if (seen.length === count) resolve(seen);
    });
    subscription.on('error', reject);
  });
const caughtUp = (subscription) => new Promise((resolve) => subscription.once('caughtUp', resolve));

const checkpoints = [];
const filtered = client.subscribeToAll({
  fromPosition: START,
  filter: streamNameFilter({
    prefixes: ['wanted-'],
    checkpointInterval: 3,
    maxSearchWindow: 1,
    checkpointReached: async (_, position) => void checkpoints.push(position.commit),
  }),
});
const wanted = follow(filtered, 3);
await caughtUp(filtered);
await client.appendToStream('unwanted', numbers(0, 12));
for (const n of [0, 1, 2]) await client.appendToStream(`wanted-${n}`, numbers(n, 1));
done.filtered = await wanted;
done.checkpoints = {
  enough: checkpoints.length >= 4,
  inOrder: checkpoints.every((at, i) => i === 0 || at >= checkpoints[i - 1]),
};
await filtered.unsubscribe();

const followed = client.subscribeToStream('counted', { fromRevision: 7n });
const rest = follow(followed, 4);
await caughtUp(followed);
await client.appendToStream('counted', numbers(10, 2));
done.followed = await rest;
await followed.unsubscribe();

await client.deleteStream('counted');
done.deleted = await failure(read(client.readStream('counted')));
done.again = Number(
  (await client.appendToStream('counted', numbers(100, 1), { streamState: NO_STREAM })).nextExpectedRevision,
);
done.deleteWrong = await failure(client.deleteStream('counted', { expectedRevision: 3n }));
await client.tombstoneStream('counted');
done.tombstoned = await failure(read(client.readStream('counted')));
done.appendTombstoned = await failure(client.appendToStream('counted', numbers(0, 1)));
done.tooLarge = await failure(
  client.appendToStream('large', jsonEvent({ type: 'Large', data: { text: 'x'.repeat(1024 * 1024) } })),
);
const many = await Promise.all(numbers(0, 200).map((event) => client.appendToStream('many', event)));
done.many = new Set(many.map(({ nextExpectedRevision }) => nextExpectedRevision)).size;
done.persistent = await client
  .createPersistentSubscriptionToStream('many', 'group', persistentSubscriptionToStreamSettingsFromDefaults())
  .catch(({ message }) => message);

await client.dispose();
console.log(JSON.stringify(done));
