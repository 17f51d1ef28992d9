import type { Database, Statement } from '@millwright/sqlite';
import { digestOf, runLine } from './digest.js';
import { RowInserter, type NewRow } from './row-inserter.js';
import type { RowSource } from './row-source.js';

/** The rows of one transaction. */
export class CommitRows {
  private readonly inserter: RowInserter;
  private readonly setChain: Statement;
  private recordedAt = 0;
  private rows: NewRow[] = [];
  private inserted = 0;

  constructor(db: Database) {
    this.inserter = new RowInserter(db);
    this.setChain = db.prepare('UPDATE events SET chain = ? WHERE position = ?');
  }

  begin(recordedAt: number): void {
    this.recordedAt = recordedAt;
    this.rows = [];
    this.inserted = 0;
  }

  /** Rows come in order of their positions, without a gap. */
  add(row: NewRow): void {
    this.rows.push(row);
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
    if (this.inserted === this.rows.length) this.setChain.run([chain, this.rows.at(-1)!.position]);
    else this.insert(chain);
  }

  digest(): Buffer {
    const { rows } = this;
    const { source } = rows[0]!;
    const isWhole =
      source.lengths.length === 2 * rows.length && rows.every((row, n) => row.source === source && row.index === n);
    const { ids, lengths, payload } = isWhole ? source : gather(rows);
    return digestOf({ runs: this.runs(), types: rows.map(({ type }) => type.name), ids, lengths, payload });
  }

  private insert(chain: Buffer | null): void {
    this.inserter.insert(this.rows.slice(this.inserted), this.recordedAt, chain);
    this.inserted = this.rows.length;
  }

  private runs(): string[] {
    const runs: string[] = [];
    const { rows } = this;
    for (let first = 0, next = 1; first < rows.length; next++) {
      const { stream, revision, position } = rows[first]!;
      if (rows[next]?.stream === stream) continue;
      runs.push(runLine(stream.name, revision, position, next - first, this.recordedAt));
      first = next;
    }
    return runs;
  }
}

const gather = (rows: readonly NewRow[]): Pick<RowSource, 'ids' | 'lengths' | 'payload'> => ({
  ids: Buffer.concat(rows.map(({ source, index }) => source.ids.subarray(16 * index, 16 * index + 16))),
  lengths: Int32Array.from(rows.flatMap(({ source, index }) => [...source.lengths.subarray(2 * index, 2 * index + 2)])),
  payload: Buffer.concat(
    rows.map(({ source, index }) => source.payload.subarray(source.offsets[index], source.offsets[index + 1])),
  ),
});
