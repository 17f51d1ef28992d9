export type { Credentials } from './access.js';
export { SERVER_VERSION } from './cluster.js';
export { startEventStoreNode, type EventStoreNode, type EventStoreNodeOptions } from './start.js';
