// The process that kill.spec.ts kills: follows a log from the read model's checkpoint on, as the server does, and tells how far it is.
import { writeSync } from 'node:fs';
import process from 'node:process';
import { openSqliteEventStore } from '@millwright/event-store-sqlite';
import { openReadModel } from '../dist/index.js';

const [log, path] = process.argv.slice(2);
// Standard output is a file: a line is in it before this process can die.
const tell = (line) => writeSync(1, `${line} .\n`);
const store = await openSqliteEventStore({ path: log, lockWaitMs: 0 });
const model = await openReadModel({
  path,
  log: store,
  maxTail: 64,
  onRebuild: (reason) => tell(`REBUILT ${reason}`),
  onPassedOver: (reason) => tell(`PASSED OVER ${reason}`),
});
writeSync(3, '.');
let batches = 0;
for await (const item of store.subscribe({ after: (await model.checkpoint()) ?? 'start', maxBatch: 64 })) {
  if (item.kind === 'caught-up') break;
  // Transactions of any size, one event and more.
  for (let at = 0, size = 1; at < item.events.length; at += size, size = 1 + (batches++ % 20)) {
    const some = item.events.slice(at, at + size);
    await model.project(some);
    tell(`PROJECTED ${some.at(-1).position}`);
  }
}
await model.close();
await store.close();
tell('DONE');
