import { randomUUID } from 'node:crypto';
import { identifierOf, streams, type ReadReq } from '@millwright/esdb-protocol';
import { EventStoreError, type LogRecord, type RecordLog, type Revision } from '@millwright/event-store';
import { statusOf } from './errors.js';
import { EventFrames } from './event-frames.js';
import { followAll, followStream } from './follow.js';
import type { Call } from './grpc/call.js';
import type { Handler } from './grpc/server.js';
import { Outbox } from './outbox.js';
import { parseReadRequest, type AllSource, type ReadRequest, type StreamSource } from './read-options.js';
import { invalid, withRequest } from './unary.js';

export interface ReadLimits {
  /** Bytes of answers that wait for one client at most. */
  readonly maxBufferedBytes: number;
  /** Aborted when the node closes. */
  readonly closing: AbortSignal;
}

/** `Streams.Read`: reads and subscriptions, of one stream and of the whole log. */
export const read = (log: RecordLog, { maxBufferedBytes, closing }: ReadLimits): Handler => {
  const frames = new EventFrames();
  return withRequest(streams.ReadReq.deserializeBinary, async (message: ReadReq, call: Call) => {
    const request = parseReadRequest(message);
    const outbox = new Outbox(call, closing, frames, request.structuredUuids, maxBufferedBytes);
    if (request.maxCount === undefined) await subscribe(log, request, outbox, frames);
    else await readOnce(log, request, request.maxCount, outbox);
    // What has been cut short must not look like the whole.
    if (closing.aborted || request.maxCount === undefined) call.end(statusOf(ended()));
    else call.end();
  });
};

const ended = (): EventStoreError => new EventStoreError('closed', 'the log is being closed; read on when it is back');

const subscribe = async (log: RecordLog, request: ReadRequest, outbox: Outbox, frames: EventFrames): Promise<void> => {
  if (request.direction === 'backwards') throw invalid('a subscription goes forwards');
  const confirmation = new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(randomUUID());
  outbox.send(new streams.ReadResp().setConfirmation(confirmation));
  const unfollow = frames.follow();
  try {
    await (request.source.kind === 'stream'
      ? followStream(log, request.source, outbox)
      : followAll(log, request.source, request.checkpointInterval, outbox));
  } finally {
    unfollow();
  }
};

const readOnce = async (log: RecordLog, request: ReadRequest, maxCount: number, outbox: Outbox): Promise<void> => {
  const { source } = request;
  if (source.kind === 'all') return readAll(log, source, request.direction, maxCount, outbox);
  return readStream(log, source, request, maxCount, outbox);
};

const readStream = async (
  log: RecordLog,
  { stream, from }: StreamSource,
  { direction, knowsPositions }: ReadRequest,
  maxCount: number,
  outbox: Outbox,
): Promise<void> => {
  const forwards = direction === 'forwards';
  // Forwards from the end there is nothing, and backwards from the start the first event: as in EventStoreDB.
  const start = from === 'start' ? 0n : from === 'end' ? undefined : from;
  let sent = 0;
  let last: Revision | undefined;
  if (!(forwards && from === 'end')) {
    for await (const record of log.readStream(stream, {
      direction,
      ...(start !== undefined && { from: start }),
      maxCount,
    })) {
      if (outbox.stopped) return;
      if (knowsPositions && forwards && sent === 0 && record.revision > start!) {
        outbox.send(new streams.ReadResp().setFirstStreamPosition(record.revision.toString()));
      }
      outbox.event(record);
      if (forwards || sent === 0) last = record.revision;
      sent++;
      if (outbox.isFull) await outbox.room();
    }
  }
  const endSeen = forwards ? sent > 0 && sent < maxCount : sent > 0 && from === 'end';
  if (!endSeen && (sent === 0 || knowsPositions)) last = (await lastOf(log, stream))?.revision;
  if (last === undefined) {
    const missing = new streams.ReadResp.StreamNotFound().setStreamIdentifier(identifierOf(stream));
    outbox.send(new streams.ReadResp().setStreamNotFound(missing));
  } else if (knowsPositions) outbox.send(new streams.ReadResp().setLastStreamPosition(last.toString()));
};

const lastOf = async (log: RecordLog, stream: string): Promise<LogRecord | undefined> => {
  for await (const record of log.readStream(stream, { direction: 'backwards', maxCount: 1 })) return record;
  return undefined;
};

const readAll = async (
  log: RecordLog,
  { from, filter }: AllSource,
  direction: ReadRequest['direction'],
  maxCount: number,
  outbox: Outbox,
): Promise<void> => {
  if (from === (direction === 'forwards' ? 'end' : 'start')) return;
  // Backwards, EventStoreDB's position is the end of a record: the event at it is not among those before it.
  const start = typeof from === 'bigint' ? (direction === 'forwards' ? from : from - 1n) : undefined;
  const options = { direction, ...(start !== undefined && { from: start }), ...(filter && { filter }), maxCount };
  for await (const record of log.readAll(options)) {
    if (outbox.stopped) return;
    outbox.event(record);
    if (outbox.isFull) await outbox.room();
  }
};
