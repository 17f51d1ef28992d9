import type { LogRecord, NewRecord } from '@millwright/event-store';
import type { OwnEvent, Outcome } from './messages.js';

/** The records that an operation has added to the log, with what their callers had parsed: live readers parse nothing. */
export const recordsWritten = (
  { stream, records }: { readonly stream: string; readonly records: readonly NewRecord[] },
  outcome: Outcome,
  recordedAt: number,
): LogRecord[] => {
  const written = outcome.kind === 'written' ? appended(stream, records, outcome, recordedAt) : [];
  if ('own' in outcome && outcome.own) written.push(ownRecord(outcome.own, recordedAt));
  return written;
};

const appended = (
  stream: string,
  records: readonly NewRecord[],
  { fresh, revision, position }: Outcome & { readonly kind: 'written' },
  recordedAt: number,
): LogRecord[] =>
  (fresh ? fresh.map((index) => records[index]!) : records).map(
    ({ id, type, data, metadata, parsed }, n): LogRecord => ({
      id,
      type,
      data,
      metadata,
      ...(parsed && { parsed }),
      stream,
      revision: BigInt(revision + n),
      position: BigInt(position + n),
      recordedAt,
    }),
  );

const ownRecord = ({ revision, position, ...event }: OwnEvent, recordedAt: number): LogRecord => ({
  ...event,
  metadata: '{}',
  revision: BigInt(revision),
  position: BigInt(position),
  recordedAt,
});
