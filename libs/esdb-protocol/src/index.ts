export * from './client.js';
export type * from './messages.js';
export * from './proto-reader.js';
export * from './proto-writer.js';
export * from './protocol.js';
export * from './values.js';
