export * from './duration.js';
export * from './plant.js';
export * from './simulation-block.js';
