export * from './acknowledge.js';
export * from './alarm-change.js';
export * from './alarm-name.js';
export * from './evaluate.js';
export * from './levels.js';
export * from './limit-state.js';
export * from './relimit.js';
