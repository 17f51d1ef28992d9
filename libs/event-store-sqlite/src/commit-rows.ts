import type { Database, Statement } from '@millwright/sqlite';
import { digestOf, runLine } from './digest.js';
import { byteLength, payloadOffsets } from './event-columns.js';
import type { EventColumns } from './messages.js';
import type { StreamState } from './stream-table.js';

/** Rows of one INSERT with a value for each column: a third faster than one by one, little more to gain beyond. */
const ROWS_PER_INSERT = 16;
/** Fewer rows that have stream and type in common are inserted by values. */
const LEAST_RUN = 4;
/** A run's rows each have one number, offset, length of metadata and of data, which must be exact in a double. */
const OFFSET_UNIT = 2 ** 31;
const METADATA_UNIT = 2 ** 21;
const MAX_OFFSET = 2 ** 22;
const MAX_METADATA = 2 ** 10;

/** Events that rows are made of. */
export interface RowSource {
  readonly ids: Buffer;
  readonly lengths: readonly number[];
  readonly payload: Buffer;
  /** Where each event's payload begins, and the last one's ends. */
  readonly offsets: readonly number[];
}

export const toRowSource = ({ ids, lengths, payload }: EventColumns): RowSource => ({
  ids: toBuffer(ids),
  lengths,
  payload: toBuffer(payload),
  offsets: payloadOffsets(lengths),
});

export interface NewRow {
  readonly stream: StreamState;
  readonly revision: number;
  readonly type: { readonly id: number; readonly name: string };
  readonly source: RowSource;
  /** Of the event in its source. */
  readonly index: number;
}

/** The rows of one transaction. */
export class CommitRows {
  private readonly insertRun: Statement;
  private readonly insertMany: Statement;
  private readonly insertOne: Statement;
  private readonly setChain: Statement;
  /** Last position given. */
  private position = 0;
  private recordedAt = 0;
  private rows: NewRow[] = [];
  private inserted = 0;

  constructor(db: Database) {
    this.insertRun = db.prepare(INSERT_RUN);
    this.insertMany = db.prepare(`INSERT INTO events VALUES ${Array(ROWS_PER_INSERT).fill(ROW).join(', ')}`);
    this.insertOne = db.prepare(`INSERT INTO events VALUES ${ROW}`);
    this.setChain = db.prepare('UPDATE events SET chain = ? WHERE position = ?');
  }

  /** `position`: the log's last one before these rows. */
  begin(position: number, recordedAt: number): void {
    this.position = position;
    this.recordedAt = recordedAt;
    this.rows = [];
    this.inserted = 0;
  }

  /** Gives the row's position. */
  add(row: NewRow): number {
    this.rows.push(row);
    return ++this.position;
  }

  get count(): number {
    return this.rows.length;
  }

  /** Inserts what there is, so that the transaction can find it. */
  flush(): void {
    this.insert(null);
  }

  /** Inserts the rest, and the chain in the last row. */
  finish(chain: Buffer): void {
    if (this.inserted === this.rows.length) this.setChain.run([chain, this.position]);
    else this.insert(chain);
  }

  digest(): Buffer {
    const { rows } = this;
    const { source } = rows[0]!;
    const isWhole =
      source.lengths.length === 2 * rows.length && rows.every((row, n) => row.source === source && row.index === n);
    return digestOf({
      runs: this.runs(),
      types: rows.map(({ type }) => type.name),
      ...(isWhole ? source : this.gather()),
    });
  }

  private insert(chain: Buffer | null): void {
    const { rows } = this;
    let first = this.inserted;
    for (let next = first; next < rows.length;) {
      const end = this.runEnd(next);
      if (end - next >= LEAST_RUN) {
        this.insertByValues(first, next, null);
        this.insertAsRun(next, end, end === rows.length ? chain : null);
        first = end;
      }
      next = end;
    }
    this.insertByValues(first, rows.length, chain);
    this.inserted = rows.length;
  }

  /** Where rows end that follow one another in one stream, have one type, and are all text. */
  private runEnd(start: number): number {
    const { rows } = this;
    const { stream, type, source, index } = rows[start]!;
    const { lengths, offsets } = source;
    let end = start;
    for (let row = rows[end]; row?.stream === stream && row.type === type && row.source === source; row = rows[++end]) {
      const event = index + end - start;
      const metadata = lengths[2 * event]!;
      const isFit = metadata >= 0 && metadata < MAX_METADATA && lengths[2 * event + 1]! >= 0;
      if (!isFit || row.index !== event || offsets[event]! - offsets[index]! >= MAX_OFFSET) break;
    }
    return Math.max(end, start + 1);
  }

  /** The whole run by a handful of values, since each one that is handed to SQLite costs as much as it spends on a row. */
  private insertAsRun(start: number, end: number, chain: Buffer | null): void {
    const { stream, revision, type, source, index } = this.rows[start]!;
    const { ids, lengths, payload, offsets } = source;
    const last = index + end - start;
    const from = offsets[index]!;
    const pieces: number[] = [];
    for (let event = index; event < last; event++) {
      pieces.push(
        (offsets[event]! - from) * OFFSET_UNIT + lengths[2 * event]! * METADATA_UNIT + lengths[2 * event + 1]!,
      );
    }
    this.insertRun.run([
      this.positionOf(start),
      stream.id,
      revision,
      ids.subarray(16 * index, 16 * last),
      type.id,
      this.recordedAt,
      end - start - 1,
      chain,
      payload.subarray(from, offsets[last]),
      `[${pieces.join()}]`,
    ]);
  }

  private insertByValues(start: number, end: number, chain: Buffer | null): void {
    let next = start;
    const chainAt = chain ? end - 1 : end;
    for (; next + ROWS_PER_INSERT <= chainAt; next += ROWS_PER_INSERT) {
      const values: unknown[] = [];
      for (let n = next; n < next + ROWS_PER_INSERT; n++) this.pushValues(values, n, null);
      this.insertMany.run(values);
    }
    for (; next < end; next++) {
      const values: unknown[] = [];
      this.pushValues(values, next, next === chainAt ? chain : null);
      this.insertOne.run(values);
    }
  }

  private pushValues(values: unknown[], at: number, chain: Buffer | null): void {
    const { stream, revision, type, source, index } = this.rows[at]!;
    const { ids, lengths, payload, offsets } = source;
    const id = ids.subarray(16 * index, 16 * index + 16);
    const middle = offsets[index]! + byteLength(lengths[2 * index]!);
    values.push(this.positionOf(at), stream.id, revision, id, type.id, this.recordedAt, chain);
    values.push(valueOf(payload, lengths[2 * index]!, offsets[index]!, middle));
    values.push(valueOf(payload, lengths[2 * index + 1]!, middle, offsets[index + 1]!));
  }

  private positionOf(at: number): number {
    return this.position - this.rows.length + 1 + at;
  }

  private runs(): string[] {
    const runs: string[] = [];
    const { rows } = this;
    for (let first = 0, next = 1; first < rows.length; next++) {
      const { stream, revision } = rows[first]!;
      if (rows[next]?.stream === stream) continue;
      runs.push(runLine(stream.name, revision, this.positionOf(first), next - first, this.recordedAt));
      first = next;
    }
    return runs;
  }

  private gather(): Pick<RowSource, 'ids' | 'lengths' | 'payload'> {
    const { rows } = this;
    return {
      ids: Buffer.concat(rows.map(({ source, index }) => source.ids.subarray(16 * index, 16 * index + 16))),
      lengths: rows.flatMap(({ source, index }) => source.lengths.slice(2 * index, 2 * index + 2)),
      payload: Buffer.concat(
        rows.map(({ source, index }) => source.payload.subarray(source.offsets[index], source.offsets[index + 1])),
      ),
    };
  }
}

const ROW = '(?, ?, ?, ?, ?, ?, ?, ?, ?)';

/** Values: position, stream and revision of the first row, ids, type, time, index of the row with the chain, chain, payload, pieces. */
const INSERT_RUN = `INSERT INTO events SELECT
  ?1 + key, ?2, ?3 + key, substr(?4, 16 * key + 1, 16), ?5, ?6, iif(key = ?7, ?8, NULL),
  CAST(substr(?9, (value >> 31) + 1, value >> 21 & 1023) AS TEXT),
  CAST(substr(?9, (value >> 31) + (value >> 21 & 1023) + 1, value & 2097151) AS TEXT)
  FROM json_each(?10)`;

const valueOf = (payload: Buffer, length: number, start: number, end: number): string | Buffer =>
  length < 0 ? payload.subarray(start, end) : payload.toString('utf8', start, end);

/** libsql takes a Buffer, and no other array of bytes. */
const toBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
