import { GOOD, type SamplesRecorded, type StatusCode } from '@millwright/events';
import type { Database, Statement } from '@millwright/sqlite';
import { MultiRowInsert } from '../database/multi-row-insert.js';
import type { PlantIds } from '../database/plant-ids.js';
import { prepareRows, row, rows, type Param } from '../database/statements.js';
import type { Projection, SequencedEvent } from '../projection.js';
import { Rollup } from './rollup.js';
import { HOUR, MINUTE, ROLLUP_DDL } from './rollup-table.js';
import { readStatus, storeStatus, storeValue, type StoredValue } from './sample-value.js';

const sampleTable = (name: string): string => `
  CREATE TABLE ${name}(
    signal INTEGER NOT NULL, time INTEGER NOT NULL, event INTEGER NOT NULL, n INTEGER NOT NULL,
    value REAL NOT NULL, status INTEGER, server_time INTEGER,
    PRIMARY KEY (signal, time, event, n)) WITHOUT ROWID;
`;

/**
 * Samples by signal and source time. `event` wrote the row, and `n` is its place in that batch. New rows gather in the small `sample_tail` and move to
 * `sample_history` in bulk: written there one by one, each sample would rewrite a page of its own signal. The rollups cover the history,
 * not the tail; readers fold the tail on top.
 */
export const SAMPLES_DDL = sampleTable('sample_tail') + sampleTable('sample_history') + ROLLUP_DDL;

export class SamplesProjection implements Projection {
  private readonly ids: PlantIds;
  private readonly maxTail: number;
  private readonly insert: MultiRowInsert;
  private readonly tail: Statement;
  private readonly tailSize: Statement;
  private readonly move: readonly Statement[];
  private readonly rollups: readonly Rollup[];
  private waiting: Param[] = [];
  private size = 0;

  /** `maxTail`: samples in the tail before it moves. */
  constructor(db: Database, ids: PlantIds, maxTail: number) {
    this.ids = ids;
    this.maxTail = maxTail;
    this.insert = new MultiRowInsert(db, 'INSERT INTO sample_tail', 7);
    this.tail = prepareRows(db, 'SELECT signal, time, event, value, status FROM sample_tail ORDER BY event, n');
    this.tailSize = prepareRows(db, 'SELECT count(*) FROM sample_tail');
    this.move = [
      db.prepare('INSERT INTO sample_history SELECT * FROM sample_tail ORDER BY signal, time, event, n'),
      db.prepare('DELETE FROM sample_tail'),
    ];
    this.rollups = [new Rollup(db, MINUTE), new Rollup(db, HOUR)];
    this.reset();
  }

  apply(event: SequencedEvent): void {
    if (event.type === 'SamplesRecorded') this.record(event, event.data);
  }

  flush(): void {
    this.insert.run(this.waiting);
    this.waiting = [];
    if (this.size < this.maxTail) return;
    for (const rollup of this.rollups) rollup.write();
    for (const statement of this.move) statement.run([]);
    this.size = 0;
  }

  reset(): void {
    this.waiting = [];
    for (const rollup of this.rollups) rollup.reset();
    this.size = row<[number]>(this.tailSize, [])![0];
    type TailRow = [number, number, number, StoredValue, StatusCode | null];
    for (const [signal, time, event, value, status] of rows<TailRow>(this.tail, [])) {
      for (const rollup of this.rollups) rollup.add(signal, event, time, value, readStatus(status));
    }
  }

  private record({ asset, n: event, time: eventTime }: SequencedEvent, columns: SamplesRecorded): void {
    const assetId = this.ids.assetOrNew(asset);
    const ids = columns.signals.map((name) => this.ids.signalOrNew(assetId, name));
    const [minutes, hours] = this.rollups as [Rollup, Rollup];
    for (let i = 0; i < columns.signal.length; i++) {
      const signal = ids[columns.signal[i]!]!;
      const time = eventTime + columns.sourceTime[i]!;
      const value = storeValue(columns.value[i]!);
      const status = columns.status?.[i] ?? GOOD;
      const serverTime = columns.serverTime?.[i];
      const server = serverTime == null ? null : eventTime + serverTime;
      this.waiting.push(signal, time, event, i, value, storeStatus(status), server);
      minutes.add(signal, event, time, value, status);
      hours.add(signal, event, time, value, status);
    }
    this.size += columns.signal.length;
  }
}
