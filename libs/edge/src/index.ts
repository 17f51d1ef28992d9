export * from './connector.port.js';
export * from './fact-writer.port.js';
export * from './ingest/index.js';
export * from './link/index.js';
