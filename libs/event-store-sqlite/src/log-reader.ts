import type { EventFilter } from '@millwright/event-store';
import type { Database, Statement } from '@millwright/sqlite';
import type { EventRow, LogPageRequest, Page, PageRequest, StreamPageRequest } from './messages.js';

/** Rows of a page's first query; the next ones go by the rows' size. */
const FIRST_ROWS = 32;
const MAX_STATEMENTS = 100;

export interface LogReaderOptions {
  /** A page ends when its rows have so many bytes of JSON, or the limit asked for; default 1 MiB. */
  readonly pageBytes?: number;
  /** Positions that one page looks through for what matches a filter, so that a rare type does not hold up others; default 50,000. */
  readonly filterWindow?: number;
}

/** Queries use CROSS JOIN, which SQLite never reorders: events in their order, each with its stream's name. */
const COLUMNS = 'e.position, s.name, e.revision, e.id, e.type, e.recorded_at, e.metadata, e.data';

/** Reads a log in pages, bounded by count and bytes. */
export class LogReader {
  private readonly db: Database;
  private readonly pageBytes: number;
  private readonly filterWindow: number;
  private readonly statements = new Map<string, Statement>();

  constructor(db: Database, { pageBytes = 1024 * 1024, filterWindow = 50_000 }: LogReaderOptions = {}) {
    this.db = db;
    this.pageBytes = pageBytes;
    this.filterWindow = filterWindow;
  }

  /** Last position, undefined for an empty log. */
  head(): number | undefined {
    return this.value('SELECT max(position) FROM events');
  }

  /** Last position recorded at or before the time: bisection, since `recorded_at` never falls. */
  positionAt(time: number): number | undefined {
    let found: number | undefined;
    let low = this.value('SELECT min(position) FROM events') ?? 0;
    let high = this.head() ?? -1;
    while (low <= high) {
      const middle = Math.floor((low + high) / 2);
      const row = this.statement(
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

  readStream(request: StreamPageRequest): Page {
    const stream = this.value('SELECT id FROM streams WHERE name = ?', request.stream);
    if (stream === undefined) return { rows: [], next: undefined, end: undefined };
    const end = this.value('SELECT max(revision) FROM events WHERE stream = ?', stream);
    return this.page(request, end, 2, Infinity, (after, to, limit, order) => {
      const sql = `SELECT ${COLUMNS} FROM events e CROSS JOIN streams s ON s.id = e.stream
        WHERE e.stream = ? AND e.revision ${order.beyond} ? AND e.revision ${order.upTo} ? ORDER BY e.revision ${order.by} LIMIT ?`;
      return this.statement(sql).all([stream, after, to, limit]) as EventRow[];
    });
  }

  readAll(request: LogPageRequest): Page {
    const end = this.head();
    const { filter } = request;
    if (filter?.streamPrefixes?.length === 0 || filter?.types?.length === 0) return { rows: [], next: undefined, end };
    const [condition, values] = filterCondition(filter);
    return this.page(request, end, 0, condition ? this.filterWindow : Infinity, (after, to, limit, order) => {
      const range = `position ${order.beyond} ? AND position ${order.upTo} ?`;
      // The filter's index is named, since SQLite would rather scan the table and read past its payloads.
      const chosen = condition
        ? `e.position IN (SELECT position FROM events INDEXED BY events_for_filters WHERE ${range} AND ${condition} ORDER BY position ${order.by} LIMIT ?)`
        : range;
      const sql = `SELECT ${COLUMNS} FROM events e CROSS JOIN streams s ON s.id = e.stream WHERE ${chosen} ORDER BY e.position ${order.by} LIMIT ?`;
      const limits = condition ? [...values, limit, limit] : [limit];
      return this.statement(sql).all([after, to, ...limits]) as EventRow[];
    });
  }

  private page(
    { direction, after, upTo, limit }: PageRequest,
    end: number | undefined,
    placeColumn: 0 | 2,
    window: number,
    query: (after: number, to: number, limit: number, order: Order) => EventRow[],
  ): Page {
    if (end === undefined) return { rows: [], next: undefined, end };
    const forwards = direction === 'forwards';
    const order = forwards ? FORWARDS : BACKWARDS;
    const last = forwards ? Math.min(end, upTo ?? end) : 0;
    const start = forwards ? (after ?? -1) : Math.min(after ?? Infinity, end + 1);
    const to = forwards ? Math.min(last, start + window) : Math.max(last, start - window);
    const rows: EventRow[] = [];
    let place = start;
    let bytes = 0;
    let wanted = Math.min(FIRST_ROWS, limit);
    while (rows.length < limit && bytes < this.pageBytes) {
      const got = query(place, to, wanted, order);
      for (const row of got) {
        rows.push(row);
        bytes += row[6].length + row[7].length;
      }
      if (got.length < wanted) return { rows, next: to === last ? undefined : to, end };
      place = got.at(-1)![placeColumn];
      const fitting = Math.ceil(((this.pageBytes - bytes) * rows.length) / bytes);
      wanted = Math.max(1, Math.min(limit - rows.length, fitting));
    }
    return { rows, next: place === last ? undefined : place, end };
  }

  private value(sql: string, ...values: (string | number)[]): number | undefined {
    const row = this.statement(sql).get(values) as [number | null] | undefined;
    return row?.[0] ?? undefined;
  }

  private statement(sql: string): Statement {
    let statement = this.statements.get(sql);
    if (!statement) {
      if (this.statements.size >= MAX_STATEMENTS) this.statements.clear();
      this.statements.set(sql, (statement = this.db.prepare(sql).raw()));
    }
    return statement;
  }
}

interface Order {
  readonly by: 'ASC' | 'DESC';
  readonly beyond: '>' | '<';
  readonly upTo: '<=' | '>=';
}

const FORWARDS: Order = { by: 'ASC', beyond: '>', upTo: '<=' };
const BACKWARDS: Order = { by: 'DESC', beyond: '<', upTo: '>=' };

/** SQL for a filter, and its values; undefined when it lets everything pass. */
const filterCondition = (filter: EventFilter | undefined): [sql: string | undefined, values: string[]] => {
  const conditions: string[] = [];
  const values: string[] = [];
  if (filter?.streamPrefixes) {
    const ranges = filter.streamPrefixes.map((prefix) => {
      const successor = prefixSuccessor(prefix);
      values.push(prefix, ...(successor === undefined ? [] : [successor]));
      return successor === undefined ? 'name >= ?' : '(name >= ? AND name < ?)';
    });
    conditions.push(`stream IN (SELECT id FROM streams WHERE ${ranges.join(' OR ')})`);
  }
  if (filter?.excludeSystem) conditions.push("stream IN (SELECT id FROM streams WHERE name NOT LIKE '$%')");
  if (filter?.types) {
    conditions.push(`type IN (${filter.types.map(() => '?').join(', ')})`);
    values.push(...filter.types);
  }
  return [conditions.length > 0 ? conditions.join(' AND ') : undefined, values];
};

/** The least text above every text with the prefix, in SQLite's order (by code point); undefined when there is none. */
export const prefixSuccessor = (prefix: string): string | undefined => {
  const points = Array.from(prefix, (character) => character.codePointAt(0)!);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last === 0x10ffff) continue;
    // Surrogates are no characters of their own.
    return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
  }
  return undefined;
};
