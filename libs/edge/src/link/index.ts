export * from './backoff.js';
export * from './deadline.js';
export * from './keep-link.js';
export * from './link-health.js';
