// A process that uses a log and closes it, for exit.spec.ts: node exit.fixture.mjs <connection string>. It must end by itself.
import { randomUUID } from 'node:crypto';
import process from 'node:process';
import { openEsdbEventStore } from '@millwright/event-store-esdb';

const store = await openEsdbEventStore({ connectionString: process.argv[2], deadlineMs: 1_000 });
const append = () => store.append('s', 'any', [{ id: randomUUID(), type: 'T', data: {}, metadata: { time: 1 } }]);
await append();
const items = store.subscribe({ after: 'start' })[Symbol.asyncIterator]();
await items.next();
process.send('ready');
await new Promise((resolve) => process.once('message', resolve));
process.disconnect();
const last = append().catch(() => undefined);
const waiting = items.next();
await Promise.all([last, store.close(), waiting]);
