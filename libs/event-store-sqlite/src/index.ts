export { backupLog, type BackupResult } from './backup.js';
export { logStats, streamStats, type LogStats, type StreamStats } from './log-stats.js';
export {
  openSqliteEventStore,
  openSqliteEventStoreReader,
  openSqliteLog,
  type EventLogReader,
  type SqliteEventStoreOptions,
  type SqliteLog,
} from './open.js';
export { restoreLog } from './restore.js';
export { verifyFile, type VerifyOptions, type VerifyProgress, type VerifyReport } from './verify-file.js';
