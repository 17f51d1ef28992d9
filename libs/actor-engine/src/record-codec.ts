import { ASSET_TYPES } from '@millwright/asset-machines';
import { canonicalHash } from '@millwright/events';
import { SCHEMA_VERSION, type ActorRecord } from './actor-record.js';
import { runtimeOf } from './machine-runtime.js';

/** The record as JSON data, for a snapshot. A record is plain data already. */
export const encodeRecord = (record: ActorRecord): unknown => record;

/** SHA-256 of everything that the record holds: equal hashes, equal actors. */
export const stateHash = (record: ActorRecord): string => canonicalHash(encodeRecord(record));

export type Decoded =
  { readonly ok: true; readonly record: ActorRecord } | { readonly ok: false; readonly reason: string };

const TEXT_FIELDS = ['asset', 'machine', 'definitionHash'] as const;
const NUMBER_FIELDS = ['clock', 'sequence', 'events'] as const;
const OBJECT_FIELDS = ['model', 'state', 'signals', 'alarms', 'inputs', 'timers'] as const;

/**
 * The record in a snapshot's JSON. Refused, with a sentence, when it was made by another shape of record or by another definition of its
 * machine: its events must be folded again then.
 */
export const decodeRecord = (json: unknown): Decoded => {
  if (!isObject(json)) return refuse(`expected a record, found ${json === null ? 'null' : typeof json}`);
  if (json['schemaVersion'] !== SCHEMA_VERSION) {
    return refuse(`schema version ${String(json['schemaVersion'])} is not ${SCHEMA_VERSION}, the one of this engine`);
  }
  const missing =
    TEXT_FIELDS.find((field) => typeof json[field] !== 'string') ??
    NUMBER_FIELDS.find((field) => !Number.isFinite(json[field])) ??
    OBJECT_FIELDS.find((field) => !isObject(json[field]));
  if (missing !== undefined) return refuse(`the field "${missing}" is missing or of another type`);
  const record = json as unknown as ActorRecord;
  if (!ASSET_TYPES.includes(record.machine)) {
    return refuse(`there is no machine "${record.machine}"; expected one of ${ASSET_TYPES.join(', ')}`);
  }
  const { definitionHash } = runtimeOf(record.machine);
  if (record.definitionHash !== definitionHash) {
    return refuse(
      `it was made by another definition of the machine "${record.machine}" (${short(record.definitionHash)}, now ${short(definitionHash)})`,
    );
  }
  return { ok: true, record };
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const short = (hash: string): string => hash.slice(0, 12);
const refuse = (reason: string): Decoded => ({ ok: false, reason });
