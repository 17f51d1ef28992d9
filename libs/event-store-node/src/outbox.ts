import { streams, type ReadResp } from '@millwright/esdb-protocol';
import type { LogRecord, Position } from '@millwright/event-store';
import type { EventFrames } from './event-frames.js';
import type { Call } from './grpc/call.js';
import { frameOf } from './grpc/frames.js';

/** The answers of one read. They wait in this process up to a bound; then it is for the reader of the log to wait. */
export class Outbox {
  /** Aborted when the call is over, or the node closes. */
  readonly signal: AbortSignal;
  private readonly call: Call;
  private readonly frames: EventFrames;
  private readonly structuredUuids: boolean;
  private readonly maxBytes: number;

  constructor(call: Call, closing: AbortSignal, frames: EventFrames, structuredUuids: boolean, maxBytes: number) {
    // By hand, since AbortSignal.any keeps what it makes as long as its longest signal lives.
    const stop = new AbortController();
    const abort = (): void => stop.abort();
    closing.addEventListener('abort', abort);
    call.signal.addEventListener('abort', () => {
      closing.removeEventListener('abort', abort);
      abort();
    });
    if (closing.aborted || call.isOver) abort();
    this.signal = stop.signal;
    this.call = call;
    this.frames = frames;
    this.structuredUuids = structuredUuids;
    this.maxBytes = maxBytes;
  }

  get stopped(): boolean {
    return this.signal.aborted;
  }

  /** There is no room: `await room()` before the next answer. */
  get isFull(): boolean {
    return this.call.backlog > this.maxBytes;
  }

  /** Resolves when nothing waits any more, or the call is over. */
  room(): Promise<void> {
    return this.call.room();
  }

  event(record: LogRecord): void {
    this.call.send(this.frames.of(record, this.structuredUuids));
  }

  send(answer: ReadResp): void {
    this.call.send(frameOf(answer.serializeBinary()));
  }

  checkpoint(position: Position): void {
    const place = position.toString();
    const message = new streams.ReadResp.Checkpoint().setCommitPosition(place).setPreparePosition(place);
    this.send(new streams.ReadResp().setCheckpoint(message));
  }

  caughtUp(): void {
    this.send(new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp()));
  }

  fellBehind(): void {
    this.send(new streams.ReadResp().setFellBehind(new streams.ReadResp.FellBehind()));
  }
}
