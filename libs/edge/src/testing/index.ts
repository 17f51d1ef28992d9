export * from './connector-contract.js';
export * from './connector-fixture.js';
export * from './eventually.js';
export * from './recording-sink.js';
