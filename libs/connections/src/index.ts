export * from './connections.js';
export * from './load-plant.js';
export * from './protocols.js';
export * from './select-lines.js';
