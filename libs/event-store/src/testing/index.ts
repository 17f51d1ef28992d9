export { collect, rejection } from './contract-kit.js';
export type { Abilities, ContractSettings, MakeStore } from './contract-kit.js';
export { eventStoreContract } from './event-store.contract.js';
export { inOwnStreams } from './in-own-streams.js';
export { MemoryEventStore } from './memory-event-store.js';
export { MemoryRecordLog, type MemoryLogOptions } from './memory-record-log.js';
export { recordLogContract, type MakeRecordLog } from './record-log.contract.js';
