import type { PageColumns } from './messages.js';
import type { NameTable } from './name-table.js';
import type { Statements } from './statements.js';

/** Rows of `events` in an order; its values are followed by a LIMIT's. */
export interface RowSource {
  /** `FROM events ... ORDER BY ...` */
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** What of an event is not its payload. */
export interface Heads {
  readonly positions: readonly number[];
  readonly streams: readonly number[];
  readonly revisions: readonly number[];
  readonly types: readonly number[];
  readonly recordedAt: readonly number[];
  /** Bytes of a text, -1 - bytes of a blob. */
  readonly metadataLengths: readonly number[];
  readonly dataLengths: readonly number[];
  /** 32 hexadecimal digits each. */
  readonly ids: string;
}

const lengthOf = (payload: string): string =>
  `iif(typeof(${payload}) = 'text', octet_length(${payload}), -1 - octet_length(${payload}))`;
const NUMBERS = ['position', 'stream', 'revision', 'type', 'recorded_at', 'metadata_length', 'data_length'];
/** A column of numbers as one value: JSON, as bytes. */
export const numbersOf = (column: string): string => `CAST(json_group_array(${column}) AS BLOB)`;
export const parseNumbers = (column: Buffer): number[] => JSON.parse(column.toString()) as number[];

const HEADS = `SELECT ${NUMBERS.map(numbersOf).join(', ')}, CAST(group_concat(id, '') AS BLOB) FROM
  (SELECT position, stream, revision, type, recorded_at, id, ${lengthOf('metadata')} AS metadata_length, ${lengthOf('data')} AS data_length`;
const PAYLOAD = "SELECT CAST(group_concat(metadata || data, '') AS BLOB) FROM (SELECT metadata, data";

/**
 * Events out of SQLite in columns, each one value: a row made into objects would cost thrice as much. Payloads come as bytes, whatever
 * they are, since libsql ends the process at a text that is no UTF-8 (any more).
 */
export const readHeads = (statements: Statements, { sql, values }: RowSource, limit: number): Heads => {
  const row = statements.get(`${HEADS} ${sql} LIMIT ?)`).get([...values, limit]) as [...Buffer[], Buffer | null];
  const ids = row.pop();
  const [positions, streams, revisions, types, recordedAt, metadataLengths, dataLengths] = (row as Buffer[]).map(
    parseNumbers,
  ) as [number[], number[], number[], number[], number[], number[], number[]];
  const heads = { positions, streams, revisions, types, recordedAt, metadataLengths, dataLengths };
  return { ...heads, ids: ids?.toString('hex') ?? '' };
};

/** Metadata and data of the first rows, one after the other. */
export const readPayload = (statements: Statements, { sql, values }: RowSource, count: number): Buffer => {
  const row = statements.get(`${PAYLOAD} ${sql} LIMIT ?)`).get([...values, count]) as [Buffer | null];
  return row[0] ?? Buffer.alloc(0);
};

export const payloadLength = ({ metadataLengths, dataLengths }: Heads, index: number): number =>
  toBytes(metadataLengths[index]!) + toBytes(dataLengths[index]!);

/** The first rows of the heads as a page's columns. */
export const toPageColumns = (
  heads: Heads,
  count: number,
  payload: Uint8Array,
  streamTable: NameTable,
  typeTable: NameTable,
): PageColumns => {
  const first = <T>(column: readonly T[]): readonly T[] => (column.length === count ? column : column.slice(0, count));
  const streams = streamTable.dictionary(first(heads.streams));
  const types = typeTable.dictionary(first(heads.types));
  return {
    positions: first(heads.positions),
    revisions: first(heads.revisions),
    recordedAt: first(heads.recordedAt),
    ids: heads.ids.slice(0, 32 * count),
    streamNames: streams.names,
    typeNames: types.names,
    streams: streams.indexes,
    types: types.indexes,
    metadataLengths: first(heads.metadataLengths),
    dataLengths: first(heads.dataLengths),
    payload,
  };
};

const toBytes = (length: number): number => (length < 0 ? -1 - length : length);
