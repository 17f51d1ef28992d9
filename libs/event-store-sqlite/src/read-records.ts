import type { LogRecord } from '@millwright/event-store';
import type { PageColumns } from './messages.js';
import { NameTable } from './name-table.js';
import { toRecords } from './page-columns.js';
import { readHeads, readPayload, toPageColumns } from './page-query.js';
import type { Statements } from './statements.js';

/** Reads whole stretches of a log, for what looks at every event. */
export class RecordReader {
  private readonly statements: Statements;
  private readonly streams: NameTable;
  private readonly types: NameTable;

  constructor(statements: Statements) {
    this.statements = statements;
    this.streams = new NameTable(statements, 'streams');
    this.types = new NameTable(statements, 'types');
  }

  /** Events after a position and up to another one; undefined when there are none. */
  readColumns(after: number, to: number): PageColumns | undefined {
    const source = {
      sql: 'FROM events WHERE position > ? AND position <= ? ORDER BY position',
      values: [after, to],
    };
    const heads = readHeads(this.statements, source, Number.MAX_SAFE_INTEGER);
    const count = heads.positions.length;
    if (count === 0) return undefined;
    const payload = heads.payload ?? readPayload(this.statements, source, count);
    return toPageColumns(heads, count, payload, this.streams, this.types);
  }

  read(after: number, to: number): LogRecord[] {
    const columns = this.readColumns(after, to);
    return columns ? toRecords(columns) : [];
  }
}
