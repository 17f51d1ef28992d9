export type { ContractSettings, MakeStore } from './contract-kit.js';
export { eventStoreContract } from './event-store.contract.js';
export { MemoryEventStore, type MemoryEventStoreOptions } from './memory-event-store.js';
