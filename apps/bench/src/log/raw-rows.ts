import type { NewRecord } from '@millwright/event-store';

/** An event as raw SQLite gets it. */
export interface RawRow {
  readonly stream: number;
  readonly revision: number;
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly type: string;
  readonly metadata: string;
  readonly data: string;
}

/** Counts revisions, and does no more for a record than its table needs. */
export const rawRows = (): ((stream: number, records: readonly NewRecord[]) => RawRow[]) => {
  const revisions: number[] = [];
  return (stream, records) =>
    records.map(({ id, type, metadata, data }) => ({
      stream,
      revision: (revisions[stream] = (revisions[stream] ?? -1) + 1),
      id: id.replaceAll('-', ''),
      type,
      metadata: metadata as string,
      data: data as string,
    }));
};

/** Rows side by side: few long texts go faster from thread to thread than many short ones. */
export interface RawColumns {
  readonly streams: readonly number[];
  readonly revisions: readonly number[];
  readonly ids: string;
  /** One type for all, as here; an array where they differ. */
  readonly types: string | readonly string[];
  readonly lengths: readonly number[];
  readonly text: string;
}

export const toRawColumns = (rows: readonly RawRow[]): RawColumns => {
  const [first] = rows;
  return {
    streams: rows.map(({ stream }) => stream),
    revisions: rows.map(({ revision }) => revision),
    ids: rows.map(({ id }) => id).join(''),
    types: rows.every(({ type }) => type === first?.type) ? (first?.type ?? '') : rows.map(({ type }) => type),
    lengths: rows.flatMap(({ metadata, data }) => [metadata.length, data.length]),
    text: rows.map(({ metadata, data }) => metadata + data).join(''),
  };
};

export const fromRawColumns = ({ streams, revisions, ids, types, lengths, text }: RawColumns): RawRow[] => {
  let at = 0;
  return streams.map((stream, n) => ({
    stream,
    revision: revisions[n]!,
    id: ids.slice(32 * n, 32 * n + 32),
    type: typeof types === 'string' ? types : types[n]!,
    metadata: text.slice(at, (at += lengths[2 * n]!)),
    data: text.slice(at, (at += lengths[2 * n + 1]!)),
  }));
};
