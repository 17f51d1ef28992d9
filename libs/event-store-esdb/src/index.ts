export { openEsdbEventStore, openEsdbRecordLog, type EsdbEventStoreOptions } from './open.js';
