import { JsonEventStore } from '../json-event-store.js';
import { MemoryRecordLog, type MemoryLogOptions } from './memory-record-log.js';

/** The house's log in memory, for tests. */
export class MemoryEventStore extends JsonEventStore {
  constructor(options: MemoryLogOptions = {}) {
    super(new MemoryRecordLog(options));
  }
}
