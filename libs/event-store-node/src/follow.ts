import { matcher, type EventFilter, type LogRecord, type Position, type RecordLog } from '@millwright/event-store';
import type { Outbox } from './outbox.js';
import type { AllSource, Place, StreamSource } from './read-options.js';

/** Sends until the outbox stops. */
const sendAll = async (records: readonly LogRecord[], outbox: Outbox): Promise<void> => {
  for (const record of records) {
    outbox.event(record);
    if (outbox.isFull) await outbox.room();
  }
};

/** Says each change between reading the log and being at its end. */
class Pace {
  private readonly outbox: Outbox;
  private atEnd = false;

  constructor(outbox: Outbox) {
    this.outbox = outbox;
  }

  caughtUp(): void {
    if (!this.atEnd) this.outbox.caughtUp();
    this.atEnd = true;
  }

  behind(): void {
    if (this.atEnd) this.outbox.fellBehind();
    this.atEnd = false;
  }
}

/** First the stream itself, as retention shows it; then what is written to it, from the log. */
export const followStream = async (log: RecordLog, { stream, from }: StreamSource, outbox: Outbox): Promise<void> => {
  const head = await log.head();
  let last = typeof from === 'bigint' ? from : -1n;
  if (from !== 'end') {
    for await (const record of log.readStream(stream, { from: last + 1n })) {
      if (outbox.stopped) return;
      outbox.event(record);
      last = record.revision;
      if (outbox.isFull) await outbox.room();
    }
  }
  const pace = new Pace(outbox);
  const items = log.subscribe({
    after: head ?? 'start',
    filter: { streamPrefixes: [stream] },
    signal: outbox.signal,
    onBacklog: () => pace.behind(),
  });
  for await (const item of items) {
    if (item.kind === 'caught-up') pace.caughtUp();
    else
      await sendAll(
        item.events.filter((record) => record.stream === stream && record.revision > last),
        outbox,
      );
  }
};

/** `checkpointInterval`: events that a filtered subscription looks through between two checkpoints. */
export const followAll = async (
  log: RecordLog,
  { from, filter }: AllSource,
  checkpointInterval: number,
  outbox: Outbox,
): Promise<void> => {
  const pace = new Pace(outbox);
  if (!filter) return follow(log, from, outbox, pace);
  const position = await catchUp(log, from, filter, outbox);
  if (position !== undefined) outbox.checkpoint(position);
  pace.caughtUp();
  await followFiltered(log, position ?? 'start', filter, checkpointInterval, outbox, pace);
};

const follow = async (log: RecordLog, after: Place<Position>, outbox: Outbox, pace: Pace): Promise<void> => {
  const items = log.subscribe({ after, signal: outbox.signal, onBacklog: () => pace.behind() });
  for await (const item of items) {
    if (item.kind === 'caught-up') pace.caughtUp();
    else await sendAll(item.events, outbox);
  }
};

/** The backlog, looked through by the log. Gives the position up to which everything has been handed over, undefined for an empty log. */
const catchUp = async (
  log: RecordLog,
  after: Place<Position>,
  filter: EventFilter,
  outbox: Outbox,
): Promise<Position | undefined> => {
  const items = log.subscribe({
    after,
    filter,
    signal: outbox.signal,
    onBacklog: (position) => outbox.checkpoint(position),
  });
  for await (const item of items) {
    if (item.kind === 'caught-up') return item.position;
    await sendAll(item.events, outbox);
  }
  return undefined;
};

/** What comes live is looked through here, so that the client gets a checkpoint for every so many events that pass it by. */
const followFiltered = async (
  log: RecordLog,
  after: Position | 'start',
  filter: EventFilter,
  checkpointInterval: number,
  outbox: Outbox,
  pace: Pace,
): Promise<void> => {
  const matches = matcher(filter);
  let considered = 0;
  for await (const item of log.subscribe({ after, signal: outbox.signal, onBacklog: () => pace.behind() })) {
    if (item.kind === 'caught-up') {
      pace.caughtUp();
      continue;
    }
    for (const record of item.events) {
      if (matches(record)) outbox.event(record);
      if (++considered % checkpointInterval === 0) outbox.checkpoint(record.position);
      if (outbox.isFull) await outbox.room();
    }
  }
};
