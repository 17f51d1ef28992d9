import type { handleBidiStreamingCall, ServerDuplexStream } from '@grpc/grpc-js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import { EventStoreError, type RecordLog } from '@millwright/event-store';
import { commit, propose, type Proposal } from './append.js';
import { expectedOf, recordOf, streamName } from './convert.js';
import { toStatus } from './errors.js';
import type { BatchAppendReq, BatchAppendResp } from '@millwright/esdb-protocol';
import { identifierOf, shared, streams, uuidOf, uuidText } from '@millwright/esdb-protocol';

/** An append whose last message has not come. */
interface OpenProposal extends Proposal {
  /** When the client no longer waits, epoch milliseconds; undefined: it waits. */
  readonly deadline: number | undefined;
}

/** `Streams.BatchAppend`: appends of many correlation ids in one call, each answered when it is durable. */
export const batchAppend =
  (log: RecordLog, maxBufferedBytes: number): handleBidiStreamingCall<BatchAppendReq, BatchAppendResp> =>
  (call) =>
    new Batch(log, call, maxBufferedBytes).serve();

/**
 * One call. The bytes that have come and are not answered yet are bounded: beyond, the call is not read on, and the protocol's flow control
 * holds the client. A client that reads no answers is not read either.
 */
class Batch {
  private readonly log: RecordLog;
  private readonly call: ServerDuplexStream<BatchAppendReq, BatchAppendResp>;
  private readonly maxBufferedBytes: number;
  private readonly open = new Map<string, OpenProposal>();
  private bufferedBytes = 0;
  /** Appends that are whole, or refused, and not answered. */
  private pending = 0;
  private ended = false;

  constructor(log: RecordLog, call: ServerDuplexStream<BatchAppendReq, BatchAppendResp>, maxBufferedBytes: number) {
    this.log = log;
    this.call = call;
    this.maxBufferedBytes = maxBufferedBytes;
  }

  serve(): void {
    this.call.on('data', (request: BatchAppendReq) => this.take(request));
    this.call.on('end', () => {
      this.ended = true;
      this.endWhenAnswered();
    });
    // A client that is gone hears nothing more; what it has sent whole is written all the same.
    this.call.on('error', () => this.open.clear());
    this.call.on('cancelled', () => this.open.clear());
  }

  private take(request: BatchAppendReq): void {
    const id = uuidText(request.getCorrelationId());
    let proposal = this.open.get(id);
    try {
      const options = request.getOptions();
      if (options) this.open.set(id, (proposal = begin(options)));
      // The rest of an append that has been refused already.
      if (!proposal) return;
      const before = proposal.bytes;
      for (const message of request.getProposedMessagesList()) propose(proposal, recordOf(message));
      this.bufferedBytes += proposal.bytes - before;
      if (this.bufferedBytes > this.maxBufferedBytes) this.call.pause();
      if (!request.getIsFinal()) return;
      this.open.delete(id);
      this.pending++;
      void this.write(id, proposal);
    } catch (error) {
      this.open.delete(id);
      this.pending++;
      this.answer(id, proposal, failure(error));
    }
  }

  private async write(id: string, proposal: OpenProposal): Promise<void> {
    const answer = await within(proposal, commit(this.log, proposal)).then(success, failure);
    this.answer(id, proposal, answer);
  }

  private answer(id: string, proposal: Proposal | undefined, answer: BatchAppendResp): void {
    answer.setCorrelationId(uuidOf(id));
    if (proposal) answer.setStreamIdentifier(identifierOf(proposal.stream));
    this.call.write(answer, () => {
      this.pending--;
      this.bufferedBytes -= proposal?.bytes ?? 0;
      if (this.bufferedBytes <= this.maxBufferedBytes && this.call.isPaused()) this.call.resume();
      this.endWhenAnswered();
    });
  }

  private endWhenAnswered(): void {
    if (this.ended && this.pending === 0) this.call.end();
  }
}

const begin = (options: BatchAppendReq.Options): OpenProposal => {
  const stream = streamName(options.getStreamIdentifier());
  const expected = expectedOf(options, options.hasStreamPosition() ? options.getStreamPosition() : undefined);
  const deadline = options.getDeadline()?.toDate().getTime();
  if (deadline !== undefined && deadline <= Date.now()) throw late(stream);
  return { stream, expected, records: [], bytes: 0, deadline };
};

/** The client's deadline ends its waiting, not the append: it may become durable later, and repeating it is harmless. */
const within = <T>({ stream, deadline }: OpenProposal, work: Promise<T>): Promise<T> => {
  if (deadline === undefined) return work;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late(stream)), Math.min(MAX_TIMER_MS, Math.max(0, deadline - Date.now())));
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
};

/** Node's timers know no more; some 24 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const late = (stream: string): EventStoreError =>
  new EventStoreError('deadline-exceeded', `the append to "${stream}" was not durable within the request's deadline`);

const success = (result: Awaited<ReturnType<typeof commit>>): BatchAppendResp => {
  const done = new streams.BatchAppendResp.Success();
  if (result.revision === undefined) done.setNoStream(new empty.Empty());
  else done.setCurrentRevision(result.revision.toString());
  if ('position' in result) {
    const place = result.position.toString();
    done.setPosition(new shared.AllStreamPosition().setCommitPosition(place).setPreparePosition(place));
  } else done.setNoPosition(new empty.Empty());
  return new streams.BatchAppendResp().setSuccess(done);
};

const failure = (error: unknown): BatchAppendResp => new streams.BatchAppendResp().setError(toStatus(error));
