export * from './duration.js';
export type { Environment } from './environment.js';
export * from './load-plant.js';
export type { PlantFile } from './plant-source.js';
export * from './plant.js';
export * from './problem.js';
export type { ProtocolSchema } from './protocol-schema.js';
export * from './simulation-block.js';
export * from './json-schema.js';
