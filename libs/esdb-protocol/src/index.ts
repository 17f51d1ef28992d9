export * from './client.js';
export type * from './messages.js';
export * from './protocol.js';
export * from './values.js';
