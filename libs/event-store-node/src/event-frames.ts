import type { LogRecord } from '@millwright/event-store';
import { eventFrame } from './wire/answers.js';

/** Events as answers. While several subscribers follow the log, each event is encoded once for all of them. */
export class EventFrames {
  private readonly known = new WeakMap<LogRecord, Buffer>();
  private followers = 0;

  /** Gives a function that takes the follower away. */
  follow(): () => void {
    this.followers++;
    return () => this.followers--;
  }

  of(record: LogRecord, structuredUuids: boolean): Buffer {
    if (structuredUuids || this.followers < 2) return eventFrame(record, structuredUuids);
    let frame = this.known.get(record);
    if (!frame) this.known.set(record, (frame = eventFrame(record, false)));
    return frame;
  }
}
