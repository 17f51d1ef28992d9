import type { Database, Statement } from '@millwright/sqlite';
import { byteLength } from './event-columns.js';
import type { RowSource } from './row-source.js';
import type { StreamState } from './stream-table.js';

export interface NewRow {
  readonly position: number;
  readonly stream: StreamState;
  readonly revision: number;
  readonly type: { readonly id: number; readonly name: string };
  readonly source: RowSource;
  /** Of the event in its source. */
  readonly index: number;
}

/** Sizes of statements that insert rows of any streams, the largest first. */
const MIXED_ROWS = [64, 16, 4, 1] as const;
/** As many rows that follow one another in one stream are inserted as a run. */
const LEAST_RUN = 8;
/** A row's offset, length of metadata and length of data are packed into one number, which must be exact in a double. */
const OFFSET_UNIT = 2 ** 31;
const METADATA_UNIT = 2 ** 21;
const MAX_OFFSET = 2 ** 22;
const MAX_METADATA = 2 ** 10;
/** And so are its stream and its type. */
const STREAM_UNIT = 2 ** 16;

/**
 * Inserts the rows of a transaction. Each value that is handed to SQLite costs about as much as SQLite spends on a tenth of a row, so
 * rows go by few values: their payloads and ids as one blob each, which SQLite takes apart by itself.
 */
export class RowInserter {
  private readonly run: Statement;
  private readonly mixed: readonly (readonly [rows: number, statement: Statement])[];
  private readonly one: Statement;

  constructor(db: Database) {
    this.run = db.prepare(INSERT_RUN);
    this.mixed = MIXED_ROWS.map((rows) => [rows, db.prepare(insertMixed(rows))]);
    this.one = db.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  }

  /** Rows whose positions follow one another. `chain`: of the last one. */
  insert(rows: readonly NewRow[], recordedAt: number, chain: Buffer | null): void {
    for (let start = 0; start < rows.length;) {
      const end = stretchEnd(rows, start);
      const stretch = rows.slice(start, Math.max(end, start + 1));
      start += stretch.length;
      const its = start === rows.length ? chain : null;
      if (end === start - stretch.length) this.insertOne(stretch[0]!, recordedAt, its);
      else this.insertStretch(stretch, recordedAt, its);
    }
  }

  private insertStretch(rows: readonly NewRow[], recordedAt: number, chain: Buffer | null): void {
    let done = 0;
    for (let start = 0, end = 1; start < rows.length; start = end++) {
      while (rows[end]?.stream === rows[start]!.stream && rows[end]!.type === rows[start]!.type) end++;
      if (end - start < LEAST_RUN) continue;
      this.insertMixed(rows.slice(done, start), recordedAt, null);
      this.insertRun(rows.slice(start, end), recordedAt, end === rows.length ? chain : null);
      done = end;
    }
    this.insertMixed(rows.slice(done), recordedAt, chain);
  }

  private insertRun(rows: readonly NewRow[], recordedAt: number, chain: Buffer | null): void {
    const { position, stream, revision, type } = rows[0]!;
    const { ids, payload, pieces } = pack(rows);
    const json = `[${pieces.join()}]`;
    const chainAt = rows.length - 1;
    this.run.run([position, stream.id, revision, ids, type.id, recordedAt, chainAt, chain, payload, json]);
  }

  private insertMixed(rows: readonly NewRow[], recordedAt: number, chain: Buffer | null): void {
    let start = 0;
    for (const [size, statement] of this.mixed) {
      for (; start + size <= rows.length; start += size) {
        const part = rows.slice(start, start + size);
        const { ids, payload, pieces } = pack(part);
        const its = start + size === rows.length ? chain : null;
        const values: unknown[] = [part[0]!.position, ids, recordedAt, payload, its];
        part.forEach(({ stream, type, revision }, n) => {
          values.push(stream.id * STREAM_UNIT + type.id, revision, pieces[n]);
        });
        statement.run(values);
      }
    }
  }

  private insertOne(row: NewRow, recordedAt: number, chain: Buffer | null): void {
    const { position, stream, revision, type, source, index } = row;
    const { ids, lengths, payload, offsets } = source;
    const middle = offsets[index]! + byteLength(lengths[2 * index]!);
    this.one.run([
      position,
      stream.id,
      revision,
      ids.subarray(16 * index, 16 * index + 16),
      type.id,
      recordedAt,
      chain,
      valueOf(payload, lengths[2 * index]!, offsets[index]!, middle),
      valueOf(payload, lengths[2 * index + 1]!, middle, offsets[index + 1]!),
    ]);
  }
}

/** SQLite's substr makes NULL of no bytes. */
const ONE_BYTE = Buffer.alloc(1);

/** Where rows end that lie side by side in one source and can be packed; `start` when the first one cannot. */
const stretchEnd = (rows: readonly NewRow[], start: number): number => {
  const { source, index } = rows[start]!;
  const from = source.offsets[index]!;
  let end = start;
  while (end < rows.length) {
    const row = rows[end]!;
    const isBeside = row.source === source && row.index === index + end - start;
    if (!isBeside || !isPackable(row) || source.offsets[row.index]! - from >= MAX_OFFSET) break;
    end++;
  }
  return end;
};

/** All text, with numbers that fit. */
const isPackable = ({ type, source: { lengths }, index }: NewRow): boolean => {
  const metadata = lengths[2 * index]!;
  return metadata >= 0 && metadata < MAX_METADATA && lengths[2 * index + 1]! >= 0 && type.id < STREAM_UNIT;
};

/** Rows that lie side by side in one source. */
const pack = (rows: readonly NewRow[]): { ids: Buffer; payload: Buffer; pieces: number[] } => {
  const { source, index } = rows[0]!;
  const { ids, lengths, payload, offsets } = source;
  const from = offsets[index]!;
  const end = index + rows.length;
  const pieces: number[] = [];
  for (let event = index; event < end; event++) {
    const place = (offsets[event]! - from) * OFFSET_UNIT + lengths[2 * event]! * METADATA_UNIT;
    pieces.push(place + lengths[2 * event + 1]!);
  }
  const bytes = offsets[end]! > from ? payload.subarray(from, offsets[end]) : ONE_BYTE;
  return { ids: ids.subarray(16 * index, 16 * end), payload: bytes, pieces };
};

/** Metadata and data in SQL, out of a payload. */
const unpack = (payload: string, piece: string): string => `
  CAST(substr(${payload}, (${piece} >> 31) + 1, ${piece} >> 21 & 1023) AS TEXT),
  CAST(substr(${payload}, (${piece} >> 31) + (${piece} >> 21 & 1023) + 1, ${piece} & 2097151) AS TEXT)`;

/** Values: position, stream and revision of the first row, ids, type, time, index of the row with the chain, chain, payload, pieces. */
const INSERT_RUN = `INSERT INTO events SELECT ?1 + key, ?2, ?3 + key, substr(?4, 16 * key + 1, 16), ?5, ?6, iif(key = ?7, ?8, NULL),
  ${unpack('?9', 'value')} FROM json_each(?10)`;

/** Values: position of the first row, ids, time, payload, chain of the last row; for each row stream and type, revision, piece. */
const insertMixed = (rows: number): string => {
  const row = (n: number): string => {
    const [streamAndType, revision, piece] = [`?${6 + 3 * n}`, `?${7 + 3 * n}`, `?${8 + 3 * n}`];
    const chain = n === rows - 1 ? '?5' : 'NULL';
    return `(?1 + ${n}, ${streamAndType} >> 16, ${revision}, substr(?2, ${16 * n + 1}, 16), ${streamAndType} & 65535, ?3, ${chain},
      ${unpack('?4', piece)})`;
  };
  return `INSERT INTO events VALUES ${Array.from({ length: rows }, (_, n) => row(n)).join(', ')}`;
};

const valueOf = (payload: Buffer, length: number, start: number, end: number): string | Buffer =>
  length < 0 ? payload.subarray(start, end) : payload.toString('utf8', start, end);
