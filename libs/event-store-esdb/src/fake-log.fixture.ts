import { identifierOf, streams, uuidOf, type ReadReq, type ReadResp } from '@millwright/esdb-protocol';
import { FakeServer, type FakeRead } from './fake-server.fixture.js';

/** An event `n` of stream `s`, at position `10 n`. */
export const eventAnswer = (n: number, type = 'T'): ReadResp => {
  const event = new streams.ReadResp.ReadEvent.RecordedEvent()
    .setStreamIdentifier(identifierOf('s'))
    .setStreamRevision(`${n}`)
    .setCommitPosition(`${n * 10}`)
    .setPreparePosition(`${n * 10}`)
    .setId(uuidOf(`00000000-0000-4000-8000-${`${n}`.padStart(12, '0')}`));
  event.getMetadataMap().set('type', type).set('created', '10000').set('content-type', 'application/json');
  return new streams.ReadResp().setEvent(new streams.ReadResp.ReadEvent().setEvent(event));
};

export const confirmed = (): ReadResp =>
  new streams.ReadResp().setConfirmation(new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId('x'));

/** A server with a log of events 1 to `last`: reads end, subscriptions stay open. */
export class FakeLog extends FakeServer {
  last = 0;
  readonly subscriptions: FakeRead[] = [];
  /** Reads and subscriptions are not answered. */
  silent = false;
  /** Subscriptions say that they are there, and then nothing more. */
  deaf = false;
  /** So many events before its place a subscription sends again. */
  repeats = 0;

  constructor() {
    super();
    this.onRead = (call, request) => this.serve(call, request);
  }

  append(count = 1, type?: string): void {
    for (let n = 0; n < count; n++) {
      this.last++;
      if (!this.deaf) for (const call of this.subscriptions) call.answer(eventAnswer(this.last, type));
    }
  }

  private serve(call: FakeRead, request: ReadReq): void {
    if (this.silent) return;
    const options = request.getOptions()!;
    const place = Number(options.getAll()?.getPosition()?.getCommitPosition() ?? 0) / 10;
    if (options.hasSubscription()) {
      call.answer(confirmed());
      for (let n = Math.max(1, place + 1 - this.repeats); n <= this.last; n++) call.answer(eventAnswer(n));
      this.subscriptions.push(call);
      call.on('close', () => this.subscriptions.splice(this.subscriptions.indexOf(call), 1));
    } else if (options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS) {
      if (this.last > 0) call.answer(eventAnswer(this.last));
      call.finish();
    } else {
      const end = Math.min(this.last, Math.max(1, place) + Number(options.getCount()) - 1);
      for (let n = Math.max(1, place); n <= end; n++) call.answer(eventAnswer(n));
      call.finish();
    }
  }
}
