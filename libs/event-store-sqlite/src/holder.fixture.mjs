// Another process that writes a log: appends one event, says so in a line, and holds the log open until it is killed or its input ends.
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import process from 'node:process';
import { openSqliteEventStore } from '../dist/index.js';

const store = await openSqliteEventStore({ path: process.argv[2] });
await store.append('s', 'any', [{ id: randomUUID(), type: 'Happened', data: {}, metadata: { time: 1 } }]);
writeSync(1, `${process.pid}\n`);
process.stdin.resume();
process.stdin.once('end', () => void store.close());
