export * from './encode-append.js';
export * from './event-store-error.js';
export * from './event-store.port.js';
export * from './filter.js';
export * from './follow-log.js';
export * from './live-tail.js';
export * from './plan-append.js';
export * from './read-options.js';
