import type { EventFilter, LogPage, LogRecord, Position } from '@millwright/event-store';
import type { EsdbReader } from './reader.js';

interface Opened {
  readonly records: AsyncGenerator<LogRecord>;
  readonly filter: EventFilter | undefined;
  /** Where the next page goes on. */
  cursor: Position | undefined;
  /** The log reached so far when the read began: at its end, this much has been looked through. */
  readonly head: Position | undefined;
}

/** What one subscription has not seen yet, in pages: one read of the server that stays open from page to page. */
export class Backlog {
  private readonly reader: EsdbReader;
  private readonly head: () => Position | undefined;
  private opened: Opened | undefined;
  private readonly given = new AbortController();

  /** `head`: how far the log is known to reach. */
  constructor(reader: EsdbReader, head: () => Position | undefined) {
    this.reader = reader;
    this.head = head;
  }

  async page(
    cursor: Position | undefined,
    filter: EventFilter | undefined,
    limit: number,
  ): Promise<LogPage<LogRecord>> {
    const opened = this.at(cursor, filter);
    const events: LogRecord[] = [];
    while (events.length < limit) {
      const { done, value } = await opened.records.next();
      if (this.given.signal.aborted) return { events: [], scannedTo: cursor };
      if (done) {
        this.opened = undefined;
        return { events, scannedTo: later(events.at(-1)?.position ?? cursor, opened.head) };
      }
      events.push(value);
    }
    return { events, scannedTo: (opened.cursor = events.at(-1)?.position ?? cursor) };
  }

  /** Frees the read; a page that is waited for comes at once, empty. */
  stop(): void {
    this.given.abort();
    void this.opened?.records.return(undefined);
  }

  private at(cursor: Position | undefined, filter: EventFilter | undefined): Opened {
    const { opened } = this;
    if (opened && opened.cursor === cursor && opened.filter === filter) return opened;
    void opened?.records.return(undefined);
    const records = this.reader.forwards({ after: cursor, filter, signal: this.given.signal });
    return (this.opened = { records, filter, cursor, head: this.head() });
  }
}

const later = (a: Position | undefined, b: Position | undefined): Position | undefined =>
  a === undefined || (b !== undefined && b > a) ? b : a;
