export { openReadModel, type ReadModelOptions } from './open-read-model.js';
