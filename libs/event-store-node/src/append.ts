import { shared, streams, type AppendResp } from '@millwright/esdb-protocol';
import {
  EventStoreError,
  MAX_APPEND_BYTES,
  meets,
  WrongExpectedRevisionError,
  type AppendResult,
  type ExpectedRevision,
  type NewRecord,
  type RecordLog,
  type Revision,
} from '@millwright/event-store';
import type { AppendBudget } from './append-budget.js';
import { statusOf } from './errors.js';
import type { Call } from './grpc/call.js';
import { frameOf } from './grpc/frames.js';
import type { Handler } from './grpc/server.js';
import { NAMELESS, UNEXPECTING } from './names.js';
import { invalid } from './unary.js';
import { decodeAppend, type AppendOptions } from './wire/append-requests.js';

/** An append as the messages of one call spell it out. */
export interface Proposal {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly records: NewRecord[];
  bytes: number;
}

/** About what a record costs beside its payload. */
const RECORD_BYTES = 256;

export const propose = ({ stream, expected }: AppendOptions): Proposal => {
  if (!stream) throw invalid(NAMELESS);
  if (expected === undefined) throw invalid(UNEXPECTING);
  return { stream, expected, records: [], bytes: 0 };
};

/**
 * Adds an event; gives the bytes it costs in memory. Throws `event-too-large` at the first that is too many, so that a client cannot send
 * on and on.
 */
export const add = (proposal: Proposal, record: NewRecord): number => {
  const bytes = record.data.length + record.metadata.length + 2 * record.type.length;
  proposal.bytes += bytes;
  if (proposal.bytes > MAX_APPEND_BYTES) {
    const message = `the append to "${proposal.stream}" has more than ${MAX_APPEND_BYTES} bytes of data and metadata; split it`;
    throw new EventStoreError('event-too-large', message);
  }
  proposal.records.push(record);
  return bytes + RECORD_BYTES;
};

/** Where an append has ended: without a position, one that had no events. */
export type Committed = AppendResult | { readonly revision: Revision | undefined; readonly position?: undefined };

/** Writes a proposal. One without events only asks whether the stream is where it is expected, as in EventStoreDB. */
export const commit = async (log: RecordLog, { stream, expected, records }: Proposal): Promise<Committed> => {
  if (records.length > 0) return log.append(stream, expected, records);
  let revision: Revision | undefined;
  for await (const record of log.readStream(stream, { direction: 'backwards', maxCount: 1 }))
    revision = record.revision;
  if (!meets(revision, expected)) {
    throw new WrongExpectedRevisionError(stream, expected.toString(), revision ?? 'no-stream');
  }
  return { revision };
};

/** `Streams.Append`: options first, then the events, one answer. */
export const append =
  (log: RecordLog, budget: AppendBudget): Handler =>
  (call) => {
    let proposal: Proposal | undefined;
    let taken = 0;
    const take = (message: Buffer): void => {
      const { options, record } = decodeAppend(message);
      if (options && !proposal) proposal = propose(options);
      else if (record && proposal) {
        const bytes = add(proposal, record());
        budget.take(bytes);
        taken += bytes;
      } else throw invalid('the first message of an append must be its options, every other one an event');
    };
    call.signal.addEventListener('abort', () => budget.give(taken));
    call.receive(
      (message) => {
        try {
          take(message);
        } catch (error) {
          call.end(statusOf(error));
        }
      },
      () => void finish(log, proposal, call),
    );
  };

const finish = async (log: RecordLog, proposal: Proposal | undefined, call: Call): Promise<void> => {
  try {
    if (!proposal) throw invalid('the append ended before its options came');
    call.send(frameOf((await answerTo(log, proposal)).serializeBinary()));
    call.end();
  } catch (error) {
    call.end(statusOf(error));
  }
};

const answerTo = async (log: RecordLog, proposal: Proposal): Promise<AppendResp> => {
  try {
    return success(await commit(log, proposal));
  } catch (error) {
    if (error instanceof WrongExpectedRevisionError) return refusal(error);
    throw error;
  }
};

const success = ({ revision, position }: Committed): AppendResp => {
  const done = new streams.AppendResp.Success();
  if (revision === undefined) done.setNoStream(new shared.Empty());
  else done.setCurrentRevision(revision.toString());
  if (position === undefined) done.setNoPosition(new shared.Empty());
  else {
    const place = position.toString();
    done.setPosition(new streams.AppendResp.Position().setCommitPosition(place).setPreparePosition(place));
  }
  return new streams.AppendResp().setSuccess(done);
};

const refusal = ({ expected, actual }: WrongExpectedRevisionError): AppendResp => {
  const wrong = new streams.AppendResp.WrongExpectedVersion();
  if (actual === 'no-stream') wrong.setCurrentNoStream(new shared.Empty());
  else wrong.setCurrentRevision(actual.toString());
  if (expected === 'any') wrong.setExpectedAny(new shared.Empty());
  else if (expected === 'no-stream') wrong.setExpectedNoStream(new shared.Empty());
  else if (expected === 'stream-exists') wrong.setExpectedStreamExists(new shared.Empty());
  else wrong.setExpectedRevision(expected);
  return new streams.AppendResp().setWrongExpectedVersion(wrong);
};
