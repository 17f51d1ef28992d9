import type { Database, Statement } from '@millwright/sqlite';
import { payloadOffsets } from './event-columns.js';
import { FilterConditions } from './filter-conditions.js';
import { rangeOfName, tombstonedName } from './kept-range.js';
import type { LogPageRequest, Page, PageRequest, StreamPageRequest, Tombstoned } from './messages.js';
import { NameTable } from './name-table.js';
import { readHeads, readPayload, toPageColumns, type RowSource } from './page-query.js';
import { Statements } from './statements.js';

export interface LogReaderOptions {
  /** A page ends when its events have so many bytes of payload, or the limit asked for; default 1 MiB. */
  readonly pageBytes?: number;
  /** Positions that one page looks through for what matches a filter, so that a rare type does not hold up others; default 50,000. */
  readonly filterWindow?: number;
}

/** Places of a page: exclusive start, inclusive end. */
interface Bounds {
  readonly start: number;
  readonly to: number;
  /** Where the whole read ends. */
  readonly last: number;
}

const NOTHING: Page = { columns: undefined, next: undefined, end: undefined };

/** Reads a log in pages, bounded by count and bytes. */
export class LogReader {
  private readonly db: Database;
  private readonly begin: Statement;
  private readonly commit: Statement;
  private readonly pageBytes: number;
  private readonly filterWindow: number;
  private readonly statements: Statements;
  private readonly filters: FilterConditions;
  private readonly streams: NameTable;
  private readonly types: NameTable;

  constructor(db: Database, { pageBytes = 1024 * 1024, filterWindow = 50_000 }: LogReaderOptions = {}) {
    this.db = db;
    this.begin = db.prepare('BEGIN');
    this.commit = db.prepare('COMMIT');
    this.pageBytes = pageBytes;
    this.filterWindow = filterWindow;
    this.statements = new Statements(db);
    this.filters = new FilterConditions(this.statements);
    this.streams = new NameTable(this.statements, 'streams');
    this.types = new NameTable(this.statements, 'types');
  }

  /** Last position, undefined for an empty log. A scavenge may have removed its event. */
  head(): number | undefined {
    return this.statements.value(
      'SELECT max(coalesce((SELECT max(position) FROM events), 0), coalesce((SELECT max(last) FROM scavenged), 0)) AS last WHERE last > 0',
    );
  }

  /** Last position recorded at or before the time: bisection, since `recorded_at` never falls. */
  positionAt(time: number): number | undefined {
    let found: number | undefined;
    let low = this.statements.value('SELECT min(position) FROM events') ?? 0;
    let high = this.head() ?? -1;
    while (low <= high) {
      const middle = Math.floor((low + high) / 2);
      const row = this.statements.get(
        'SELECT position, recorded_at FROM events WHERE position <= ? ORDER BY position DESC LIMIT 1',
      );
      const [position, recordedAt] = row.get([middle]) as [number, number];
      if (recordedAt <= time) {
        found = position;
        low = middle + 1;
      } else high = position - 1;
    }
    return found;
  }

  readStream(request: StreamPageRequest): Page | Tombstoned {
    return this.inSnapshot(() => {
      const tombstoned = tombstonedName(this.statements, request.stream);
      if (tombstoned !== undefined) return { tombstoned };
      const range = rangeOfName(this.statements, request.stream, request.now);
      if (!range) return NOTHING;
      const { id, first, last } = range;
      const bounds = boundsOf(request, first, last, Infinity);
      if (first > last || !bounds) return { ...NOTHING, end: last };
      const [beyond, upTo, order] = ORDERS[request.direction];
      return this.page(request.limit, bounds, last, 'revisions', (after) => ({
        sql: `FROM events WHERE stream = ? AND revision ${beyond} ? AND revision ${upTo} ? ORDER BY revision ${order}`,
        values: [id, after, bounds.to],
      }));
    });
  }

  readAll(request: LogPageRequest): Page {
    return this.inSnapshot(() => {
      const end = this.head();
      const filter = this.filters.of(request.filter);
      if (end === undefined || filter.kind === 'nothing') return { ...NOTHING, end };
      const bounds =
        filter.kind === 'some'
          ? boundsOf(this.pastGap(request), 0, end, this.filterWindow)
          : boundsOf(request, 0, end, Infinity);
      if (!bounds) return { ...NOTHING, end };
      const [beyond, upTo, order] = ORDERS[request.direction];
      const range = `position ${beyond} ? AND position ${upTo} ?`;
      if (filter.kind === 'all' || filter.most) {
        const condition = filter.kind === 'all' ? '' : `AND ${filter.sql}`;
        const values = filter.kind === 'all' ? [] : filter.values;
        const sql = `FROM events NOT INDEXED WHERE ${range} ${condition} ORDER BY position ${order}`;
        return this.page(request.limit, bounds, end, 'positions', (after, to = bounds.to) => ({
          sql,
          values: [after, to, ...values],
        }));
      }
      // The filter's index is named, since SQLite would rather scan the table and read past its payloads.
      const matching = `SELECT position FROM events INDEXED BY events_for_filters WHERE ${range} AND ${filter.sql} ORDER BY position ${order} LIMIT ${request.limit}`;
      const sql = `FROM events WHERE position IN (${matching}) ORDER BY position ${order}`;
      return this.page(request.limit, bounds, end, 'positions', (after, to = bounds.to) => ({
        sql,
        values: [after, to, ...filter.values],
      }));
    });
  }

  /** The same read from the first event on: a scavenge or a restore may have left a gap of any number of windows. */
  private pastGap(request: LogPageRequest): LogPageRequest {
    const { direction, after } = request;
    const forwards = direction === 'forwards';
    const sql = forwards
      ? 'SELECT min(position) - 1 FROM events WHERE position > ?'
      : 'SELECT max(position) + 1 FROM events WHERE position < ?';
    const place = this.statements.value(sql, after ?? (forwards ? -1 : Number.MAX_SAFE_INTEGER));
    return place === undefined ? request : { ...request, after: place };
  }

  private page(
    limit: number,
    { start, to, last }: Bounds,
    end: number,
    places: 'positions' | 'revisions',
    source: (after: number, to?: number) => RowSource,
  ): Page {
    const heads = readHeads(this.statements, source(start), limit);
    const found = heads.positions.length;
    if (found === 0) return { columns: undefined, next: to === last ? undefined : to, end };
    const offsets = payloadOffsets(heads.lengths);
    let count = 1;
    while (count < found && offsets[count]! < this.pageBytes) count++;
    const place = heads[places][count - 1]!;
    const payload =
      heads.payload?.subarray(0, offsets[count]) ?? readPayload(this.statements, source(start, place), count);
    const columns = toPageColumns(heads, count, payload, this.streams, this.types);
    const reached = count === found && found < limit ? to : place;
    return { columns, next: reached === last ? undefined : reached, end };
  }

  /** What is read is of one moment, though the writer goes on. */
  private inSnapshot<T>(read: () => T): T {
    this.begin.run();
    try {
      return read();
    } finally {
      if (this.db.inTransaction) this.commit.run();
    }
  }
}

const ORDERS = {
  forwards: ['>', '<=', 'ASC'],
  backwards: ['<', '>=', 'DESC'],
} as const;

/** Undefined when there is nothing to be read. `first`, `end`: the places that there are. */
const boundsOf = (
  { direction, after, upTo }: PageRequest,
  first: number,
  end: number,
  window: number,
): Bounds | undefined => {
  if (direction === 'forwards') {
    const last = Math.min(end, upTo ?? end);
    const start = Math.max(after ?? -1, first - 1);
    return start < last ? { start, last, to: Math.min(last, start + window) } : undefined;
  }
  const start = Math.min(after ?? Infinity, end + 1);
  return start > first ? { start, last: first, to: Math.max(first, start - window) } : undefined;
};
