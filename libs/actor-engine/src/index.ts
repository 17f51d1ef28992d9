export * from './actor-record.js';
