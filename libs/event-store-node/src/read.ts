import { randomUUID } from 'node:crypto';
import type { handleServerStreamingCall, ServerWritableStream } from '@grpc/grpc-js';
import {
  EventStoreError,
  matcher,
  type EventFilter,
  type LogRecord,
  type Position,
  type RecordLog,
  type Revision,
} from '@millwright/event-store';
import { invalid, readEventOf } from './convert.js';
import { toServiceError } from './errors.js';
import type { ReadReq, ReadResp } from '@millwright/esdb-protocol';
import { Outbox } from './outbox.js';
import { identifierOf, streams } from '@millwright/esdb-protocol';
import { parseReadRequest, type Place, type ReadRequest } from './read-options.js';

export interface ReadLimits {
  /** Bytes of answers that wait for one client at most. */
  readonly maxBufferedBytes: number;
  /** Aborted when the node closes. */
  readonly closing: AbortSignal;
}

/** `Streams.Read`: reads and subscriptions, of one stream and of the whole log. */
export const read =
  (log: RecordLog, { maxBufferedBytes, closing }: ReadLimits): handleServerStreamingCall<ReadReq, ReadResp> =>
  (call) => {
    const outbox = new Outbox(call, maxBufferedBytes, closing);
    serve(log, call.request, outbox).then(
      // What has been cut short must not look like the whole.
      () => (closing.aborted || call.request.getOptions()?.hasSubscription() ? fail(call, ended()) : call.end()),
      (error: unknown) => fail(call, error),
    );
  };

const fail = (call: ServerWritableStream<ReadReq, ReadResp>, error: unknown): void =>
  void call.emit('error', toServiceError(error));

const ended = (): EventStoreError => new EventStoreError('closed', 'the log is being closed; read on when it is back');

const serve = async (log: RecordLog, message: ReadReq, outbox: Outbox): Promise<void> => {
  const request = parseReadRequest(message);
  const { source, direction, maxCount } = request;
  if (maxCount === undefined) {
    if (direction === 'backwards') throw invalid('a subscription goes forwards');
    const confirmation = new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(randomUUID());
    await outbox.send(new streams.ReadResp().setConfirmation(confirmation));
    return source.kind === 'stream'
      ? followStream(log, request, source.stream, source.from, outbox)
      : followAll(log, request, source.from, source.filter, outbox);
  }
  return source.kind === 'stream'
    ? readStream(log, request, source.stream, source.from, outbox)
    : readAll(log, request, source.from, source.filter, outbox);
};

const sendRecord = (outbox: Outbox, record: LogRecord, { structuredUuids }: ReadRequest): Promise<void> =>
  outbox.send(readEventOf(record, structuredUuids), record.data.length + record.metadata.length);

const readStream = async (
  log: RecordLog,
  request: ReadRequest,
  stream: string,
  from: Place<Revision>,
  outbox: Outbox,
): Promise<void> => {
  const { direction, maxCount } = request;
  // Forwards from the end there is nothing, and backwards from the start the first event: as in EventStoreDB.
  const start = from === 'start' ? (direction === 'backwards' ? 0n : undefined) : from === 'end' ? undefined : from;
  let sent = 0;
  if (!(direction === 'forwards' && from === 'end')) {
    const options = { direction, ...(start !== undefined && { from: start }), maxCount: maxCount! };
    for await (const record of log.readStream(stream, options)) {
      if (outbox.stopped) return;
      await sendRecord(outbox, record, request);
      sent++;
    }
  }
  if (sent > 0 || (await exists(log, stream))) return;
  const missing = new streams.ReadResp.StreamNotFound().setStreamIdentifier(identifierOf(stream));
  await outbox.send(new streams.ReadResp().setStreamNotFound(missing));
};

const exists = async (log: RecordLog, stream: string): Promise<boolean> => {
  for await (const _ of log.readStream(stream, { direction: 'backwards', maxCount: 1 })) return true;
  return false;
};

const readAll = async (
  log: RecordLog,
  request: ReadRequest,
  from: Place<Position>,
  filter: EventFilter | undefined,
  outbox: Outbox,
): Promise<void> => {
  const { direction, maxCount } = request;
  if (from === (direction === 'forwards' ? 'end' : 'start')) return;
  // Backwards, EventStoreDB's position is the end of a record: the event at it is not among those before it.
  const start = typeof from === 'bigint' ? (direction === 'forwards' ? from : from - 1n) : undefined;
  const options = {
    direction,
    ...(start !== undefined && { from: start }),
    ...(filter && { filter }),
    maxCount: maxCount!,
  };
  for await (const record of log.readAll(options)) {
    if (outbox.stopped) return;
    await sendRecord(outbox, record, request);
  }
};

const caughtUp = (outbox: Outbox): Promise<void> =>
  outbox.send(new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp()));

/** First the stream itself, as retention shows it; then what is written to it, from the log. */
const followStream = async (
  log: RecordLog,
  request: ReadRequest,
  stream: string,
  from: Place<Revision>,
  outbox: Outbox,
): Promise<void> => {
  const head = await log.head();
  let last = typeof from === 'bigint' ? from : -1n;
  if (from !== 'end') {
    for await (const record of log.readStream(stream, { from: last + 1n })) {
      if (outbox.stopped) return;
      await sendRecord(outbox, record, request);
      last = record.revision;
    }
  }
  const filter = { streamPrefixes: [stream] };
  for await (const item of log.subscribe({ after: head ?? 'start', filter, signal: outbox.signal })) {
    if (item.kind === 'caught-up') await caughtUp(outbox);
    else {
      for (const record of item.events) {
        if (record.stream === stream && record.revision > last) await sendRecord(outbox, record, request);
      }
    }
  }
};

const followAll = async (
  log: RecordLog,
  request: ReadRequest,
  from: Place<Position>,
  filter: EventFilter | undefined,
  outbox: Outbox,
): Promise<void> => {
  if (!filter) return follow(log, request, from, outbox);
  const position = await catchUp(log, request, from, filter, outbox);
  if (position !== undefined) await checkpoint(outbox, position);
  await caughtUp(outbox);
  await followFiltered(log, request, position, filter, outbox);
};

const follow = async (log: RecordLog, request: ReadRequest, after: Place<Position>, outbox: Outbox): Promise<void> => {
  for await (const item of log.subscribe({ after, signal: outbox.signal })) {
    if (item.kind === 'caught-up') await caughtUp(outbox);
    else for (const record of item.events) await sendRecord(outbox, record, request);
  }
};

/** The backlog, looked through by the log. Gives the position up to which everything has been handed over, undefined for an empty log. */
const catchUp = async (
  log: RecordLog,
  request: ReadRequest,
  after: Place<Position>,
  filter: EventFilter,
  outbox: Outbox,
): Promise<Position | undefined> => {
  for await (const item of log.subscribe({ after, filter, signal: outbox.signal })) {
    if (item.kind === 'caught-up') return item.position;
    for (const record of item.events) await sendRecord(outbox, record, request);
  }
  return undefined;
};

/** What comes live is looked through here, so that the client gets a checkpoint for every so many events that pass it by. */
const followFiltered = async (
  log: RecordLog,
  request: ReadRequest,
  position: Position | undefined,
  filter: EventFilter,
  outbox: Outbox,
): Promise<void> => {
  const matches = matcher(filter);
  let considered = 0;
  let first = true;
  for await (const item of log.subscribe({ after: position ?? 'start', signal: outbox.signal })) {
    if (item.kind === 'caught-up') {
      if (!first) await caughtUp(outbox);
      first = false;
      continue;
    }
    for (const record of item.events) {
      if (matches(record)) await sendRecord(outbox, record, request);
      if (++considered % request.checkpointInterval === 0) await checkpoint(outbox, record.position);
    }
  }
};

const checkpoint = (outbox: Outbox, position: Position): Promise<void> => {
  const place = position.toString();
  const message = new streams.ReadResp.Checkpoint().setCommitPosition(place).setPreparePosition(place);
  return outbox.send(new streams.ReadResp().setCheckpoint(message));
};
