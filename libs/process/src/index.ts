export * from './background-failures.js';
export * from './console-reporter.js';
export * from './health-watch.js';
export * from './listen-failure.js';
export * from './run-process.js';
export * from './settings.js';
export * from './shutdown.js';
