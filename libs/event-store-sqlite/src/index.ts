export {
  openSqliteEventStore,
  openSqliteEventStoreReader,
  type EventLogReader,
  type SqliteEventStoreOptions,
} from './open.js';
