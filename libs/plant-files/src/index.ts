export * from './plant-files.js';
