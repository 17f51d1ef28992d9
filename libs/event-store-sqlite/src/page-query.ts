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
  /** By event two: of its metadata, and of its data. Bytes of a text, -1 - bytes of a blob. */
  readonly lengths: Int32Array;
  /** 16 bytes each. */
  readonly ids: Buffer;
  /** Metadata and data of each event, one after the other; undefined when some of them are large. */
  readonly payload: Buffer | undefined;
}

/** Every text sorts before every blob: quicker than to ask for the type. */
const lengthOf = (payload: string): string =>
  `iif(${payload} < x'', octet_length(${payload}), -1 - octet_length(${payload}))`;
const NO_BYTES = Buffer.alloc(0);
const NUMBERS = ['position', 'stream', 'revision', 'type', 'recorded_at', 'metadata_length', 'data_length'];
/** A column of numbers as one value: JSON, as bytes. */
export const numbersOf = (column: string): string => `CAST(json_group_array(${column}) AS BLOB)`;
export const parseNumbers = (column: Buffer): number[] => JSON.parse(column.toString()) as number[];

/** Payloads up to so many bytes come with their heads: to look each event up once more costs as much as the rest. Larger ones are bounded by the page. */
const SMALL_PAYLOAD_BYTES = 8 * 1024;

const HEADS = `SELECT ${NUMBERS.map(numbersOf).join(', ')}, CAST(group_concat(id, '') AS BLOB), max(bytes),
    CAST(group_concat(iif(bytes <= ${SMALL_PAYLOAD_BYTES}, metadata || data, ''), '') AS BLOB)
  FROM (SELECT position, stream, revision, type, recorded_at, id, metadata, data, octet_length(metadata) + octet_length(data) AS bytes,
    ${lengthOf('metadata')} AS metadata_length, ${lengthOf('data')} AS data_length`;
const PAYLOAD = "SELECT CAST(group_concat(metadata || data, '') AS BLOB) FROM (SELECT metadata, data";

/**
 * Events out of SQLite in columns, each one value: a row made into objects would cost thrice as much. Payloads come as bytes, whatever
 * they are, since libsql ends the process at a text that is no UTF-8 (any more).
 */
export const readHeads = (statements: Statements, { sql, values }: RowSource, limit: number): Heads => {
  const row = statements.get(`${HEADS} ${sql} LIMIT ?)`).get([...values, limit]) as [
    ...numbers: Buffer[],
    ids: Buffer | null,
    largest: number | null,
    payload: Buffer | null,
  ];
  const [ids, largest, payload] = row.splice(NUMBERS.length) as [Buffer | null, number | null, Buffer | null];
  const [positions, streams, revisions, types, recordedAt, metadataLengths, dataLengths] = (row as Buffer[]).map(
    parseNumbers,
  ) as [number[], number[], number[], number[], number[], number[], number[]];
  const lengths = new Int32Array(2 * positions.length);
  for (let n = 0; n < positions.length; n++) {
    lengths[2 * n] = metadataLengths[n]!;
    lengths[2 * n + 1] = dataLengths[n]!;
  }
  return {
    ...{ positions, streams, revisions, types, recordedAt, lengths },
    ids: ids ?? NO_BYTES,
    payload: (largest ?? 0) <= SMALL_PAYLOAD_BYTES ? (payload ?? NO_BYTES) : undefined,
  };
};

/** Metadata and data of the first rows, one after the other. */
export const readPayload = (statements: Statements, { sql, values }: RowSource, count: number): Buffer => {
  const row = statements.get(`${PAYLOAD} ${sql} LIMIT ?)`).get([...values, count]) as [Buffer | null];
  return row[0] ?? NO_BYTES;
};

/** The first rows of the heads as a page's columns. */
export const toPageColumns = (
  heads: Heads,
  count: number,
  payload: Buffer,
  streamTable: NameTable,
  typeTable: NameTable,
): PageColumns => {
  const first = <T>(column: readonly T[]): readonly T[] => (column.length === count ? column : column.slice(0, count));
  const streams = streamTable.dictionary(first(heads.streams));
  const types = typeTable.dictionary(first(heads.types));
  return {
    positions: new Float64Array(first(heads.positions)),
    revisions: new Float64Array(first(heads.revisions)),
    recordedAt: new Float64Array(first(heads.recordedAt)),
    ids: heads.ids.subarray(0, 16 * count),
    streamNames: streams.names,
    typeNames: types.names,
    streams: streams.indexes,
    types: types.indexes,
    lengths: heads.lengths.slice(0, 2 * count),
    payload,
  };
};
