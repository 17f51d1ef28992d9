import type { Payload } from '@millwright/event-store';
import type { Database, Statement } from '@millwright/sqlite';
import { digestOf, joinPayloads, runLine, type DigestColumns } from './digest.js';
import type { StreamState } from './stream-table.js';

/** Rows of one INSERT: a third faster than one by one, little more to gain beyond. */
const ROWS_PER_INSERT = 16;

/** What the digest is made of, where the caller has it in one piece already. */
export type WholeCommit = Omit<DigestColumns, 'runs' | 'types'>;

export interface NewRow {
  readonly stream: StreamState;
  readonly revision: number;
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly type: { readonly id: number; readonly name: string };
  readonly metadata: Payload;
  readonly data: Payload;
}

/** The rows of one transaction, inserted many at a time; the last one waits, since it carries the chain. */
export class CommitRows {
  /** Rows that follow one another in one stream, and rows of any. */
  private readonly insertRun: Statement;
  private readonly insertMany: Statement;
  private readonly insertOne: Statement;
  private readonly setChain: Statement;
  /** Last position given. */
  private position = 0;
  private recordedAt = 0;
  private rows: NewRow[] = [];
  private inserted = 0;
  private readonly ids = Buffer.alloc(16 * ROWS_PER_INSERT);

  constructor(db: Database) {
    this.insertRun = prepareRows(db, 5, 3, (n, values) => ['?4', `?5 + ${n}`, ...values]);
    this.insertMany = prepareRows(db, 3, 5, (_, values) => values);
    this.insertOne = db.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
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
    if (this.rows.length - this.inserted === ROWS_PER_INSERT) this.insertWaiting();
    this.rows.push(row);
    return ++this.position;
  }

  get count(): number {
    return this.rows.length;
  }

  /** Inserts all that waits, so that the transaction can find it. */
  flush(): void {
    if (this.rows.length - this.inserted === ROWS_PER_INSERT) return this.insertWaiting();
    while (this.inserted < this.rows.length) this.insertNext(null);
  }

  /** The digest of all rows; `whole` when these are theirs, and nothing else. */
  digest(whole: WholeCommit | undefined): Buffer {
    return digestOf({
      runs: this.runs(),
      types: this.rows.map(({ type }) => type.name),
      ...(whole ?? this.gather()),
    });
  }

  /** Inserts the rest, and the chain in the last row. */
  finish(chain: Buffer): void {
    if (this.inserted === this.rows.length) this.setChain.run([chain, this.position]);
    while (this.inserted < this.rows.length) this.insertNext(this.inserted === this.rows.length - 1 ? chain : null);
  }

  private insertWaiting(): void {
    const { rows, inserted } = this;
    const first = rows[inserted]!;
    let isRun = true;
    for (let n = 0; n < ROWS_PER_INSERT; n++) {
      const { id, stream } = rows[inserted + n]!;
      this.ids.write(id, 16 * n, 'hex');
      isRun &&= stream === first.stream;
    }
    const values: unknown[] = [this.positionOf(inserted), this.ids, this.recordedAt];
    if (isRun) values.push(first.stream.id, first.revision);
    for (let n = 0; n < ROWS_PER_INSERT; n++) {
      const { stream, revision, type, metadata, data } = rows[inserted + n]!;
      if (!isRun) values.push(stream.id, revision);
      values.push(type.id, toValue(metadata), toValue(data));
    }
    (isRun ? this.insertRun : this.insertMany).run(values);
    this.inserted += ROWS_PER_INSERT;
  }

  private insertNext(chain: Buffer | null): void {
    const { stream, revision, id, type, metadata, data } = this.rows[this.inserted]!;
    const position = this.positionOf(this.inserted);
    const idBytes = Buffer.from(id, 'hex');
    const payload = [toValue(metadata), toValue(data)];
    this.insertOne.run([position, stream.id, revision, idBytes, type.id, this.recordedAt, chain, ...payload]);
    this.inserted++;
  }

  private positionOf(index: number): number {
    return this.position - this.rows.length + 1 + index;
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

  private gather(): WholeCommit {
    return {
      ids: this.rows.map(({ id }) => id).join(''),
      ...joinPayloads(this.rows.flatMap(({ metadata, data }) => [metadata, data])),
    };
  }
}

/**
 * One INSERT of many rows. Position, ids and time are the first three values of the statement, followed by others shared by all rows; each
 * row has values of its own, and says which of all these are its stream, revision, type, metadata and data.
 */
const prepareRows = (
  db: Database,
  shared: number,
  own: number,
  columns: (n: number, values: readonly string[]) => readonly string[],
): Statement => {
  const rows = Array.from({ length: ROWS_PER_INSERT }, (_, n) => {
    const values = Array.from({ length: own }, (__, i) => `?${shared + 1 + own * n + i}`);
    const [stream, revision, type, metadata, data] = columns(n, values);
    const id = `substr(?2, ${16 * n + 1}, 16)`;
    return `(?1 + ${n}, ${stream}, ${revision}, ${id}, ${type}, ?3, NULL, ${metadata}, ${data})`;
  });
  return db.prepare(`INSERT INTO events VALUES ${rows.join(', ')}`);
};

/** libsql takes a Buffer, and no other array of bytes. */
const toValue = (payload: Payload): string | Buffer =>
  typeof payload === 'string' ? payload : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
