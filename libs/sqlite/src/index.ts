export {
  openDatabase,
  openLockDatabase,
  sqliteCode,
  type Database,
  type OpenOptions,
  type Statement,
} from './database.js';
export { serveWorker, type Emit, type WorkerHandlers } from './serve-worker.js';
export { WorkerClient, type WorkerClientOptions } from './worker-client.js';
export { WorkerError, type WorkerErrorCode } from './worker-error.js';
