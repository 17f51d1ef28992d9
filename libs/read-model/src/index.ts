export * from './projector.port.js';
export * from './read-model-error.js';
export * from './read-model.port.js';
