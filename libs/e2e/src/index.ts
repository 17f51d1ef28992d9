export * from './bonding-line.js';
export * from './graphql.js';
export * from './log-process.js';
export * from './mosquitto.js';
export * from './probe-line.js';
export * from './processes.js';
export * from './tls.js';
