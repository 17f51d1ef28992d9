import { openDatabase, type Database, type Statement } from '@millwright/sqlite';

export interface RawPageRequest {
  /** Undefined: the whole log. */
  readonly stream: number | undefined;
  /** Position, or revision of a stream; exclusive. */
  readonly after: number;
  readonly limit: number;
}

/** JSON has no control characters, so that these can stand between. */
const FIELD = '\u001f';
const ROW = '\u001e';
const FIELDS = ['position', 'stream', 'revision', 'hex(id)', 'type', 'metadata', 'data'];
/** Places in a row. */
export const POSITION = 0;
export const REVISION = 2;
export const METADATA = 5;
export const DATA = 6;

/** A page of rows as one text: to make each row an array, and to send that, costs nearly twice as much. */
export class RawSqliteReader {
  private readonly db: Database;
  private readonly all: Statement;
  private readonly one: Statement;

  constructor(path: string) {
    this.db = openDatabase(path, { synchronous: 'FULL', readonly: true });
    const page = (where: string, order: string): Statement =>
      this.db
        .prepare(
          `SELECT CAST(group_concat(${FIELDS.join(` || '${FIELD}' || `)}, '${ROW}') AS BLOB)
            FROM (SELECT * FROM events WHERE ${where} ORDER BY ${order} LIMIT ?)`,
        )
        .raw();
    this.all = page('position > ?', 'position');
    this.one = page('stream = ? AND revision > ?', 'revision');
  }

  /** Undefined when there is nothing more. */
  page({ stream, after, limit }: RawPageRequest): Uint8Array | undefined {
    const [text] = (stream === undefined ? this.all.get([after, limit]) : this.one.get([stream, after, limit])) as [
      Uint8Array | null,
    ];
    return text ?? undefined;
  }

  close(): void {
    this.db.close();
  }
}

/** The rows of a page, each with its fields as text. */
export const rowsOf = (page: Uint8Array): string[][] =>
  Buffer.from(page.buffer, page.byteOffset, page.byteLength)
    .toString()
    .split(ROW)
    .map((row) => row.split(FIELD));
