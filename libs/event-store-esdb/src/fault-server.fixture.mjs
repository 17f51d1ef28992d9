// A log server of its own, for fault.spec.ts to kill and stop: node fault-server.fixture.mjs <file> <port>.
import process from 'node:process';
import { startEventStoreNode } from '@millwright/event-store-node';
import { openSqliteLog } from '@millwright/event-store-sqlite';

const [path, port] = process.argv.slice(2);
const log = await openSqliteLog({ path, lockWaitMs: 30_000 });
await startEventStoreNode({ log: log.records, port: Number(port) });
console.log('READY');
