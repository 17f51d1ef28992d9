export {
  openSqliteEventStore,
  openSqliteEventStoreReader,
  openSqliteLog,
  type EventLogReader,
  type SqliteEventStoreOptions,
  type SqliteLog,
} from './open.js';
