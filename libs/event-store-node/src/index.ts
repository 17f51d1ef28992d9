export type { Credentials } from './access.js';
export { SERVER_VERSION } from './cluster.js';
export { startEventStoreNode, type EventStoreNode, type EventStoreNodeOptions, type NodeHealth } from './start.js';
