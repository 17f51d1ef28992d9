import { MemoryRecordLog } from './memory-record-log.js';
import { recordLogContract } from './record-log.contract.js';

recordLogContract(
  'MemoryRecordLog',
  async ({ now, liveEvents }) => new MemoryRecordLog({ now, tail: { maxEvents: liveEvents } }),
);
