// The embedded log behind EventStoreDB's protocol, as a process that can be killed: node log-node.fixture.mjs <file> <port>.
import { startEventStoreNode } from '@millwright/event-store-node';
import { openSqliteLog } from '@millwright/event-store-sqlite';

const [, , path, port] = process.argv;
const log = await openSqliteLog({ path });
const node = await startEventStoreNode({ log: log.records, port: Number(port) });
console.log(`READY ${node.connectionString}`);
