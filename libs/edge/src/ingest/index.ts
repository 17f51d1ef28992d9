export { IngestClosedError } from './asset-lane.js';
export { ANY_SIGNAL, type IngestCounters } from './connection-sink.js';
export type { FilterRule } from './edge-filter.js';
export { Ingest, type IngestOptions } from './ingest.js';
export type { IngestHealth } from './ingest-health.js';
export { exampleOf, type RejectReason } from './value-check.js';
