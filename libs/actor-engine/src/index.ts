export * from './actor-record.js';
export * from './overrides.js';
export * from './queries.js';
export * from './record-codec.js';
export { LATE_WITHIN_MS } from './samples.reducer.js';
export * from './step.js';
export { nextDeadline } from './timers.js';
