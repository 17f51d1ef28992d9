import type { LogRecord, Position, Revision } from '@millwright/event-store';
import type { EsdbReader } from './reader.js';

/** Ids known of a stream at most; of a busy stream the last so many. */
const MAX_IDS = 512;
/** Events read to learn how a stream ends. */
const WINDOW = 128;

export interface Place {
  readonly revision: Revision;
  /** Undefined: not told, to be read when somebody asks. */
  readonly position: Position | undefined;
}

/** What this process knows of the end of a stream: its last revision, and the ids of its last events. */
export class StreamEnd {
  /** Undefined: no event can be seen; the stream may be absent, deleted, or all of it too old. */
  last: Revision | undefined;
  private readonly places = new Map<string, Place>();

  static async read(reader: EsdbReader, stream: string): Promise<StreamEnd> {
    const records: LogRecord[] = [];
    for await (const record of reader.readStream(stream, { direction: 'backwards', maxCount: WINDOW })) {
      records.push(record);
    }
    const end = new StreamEnd();
    for (const { id, revision, position } of records.reverse()) end.add(id, { revision, position });
    return end;
  }

  placeOf(id: string): Place | undefined {
    return this.places.get(id);
  }

  add(id: string, place: Place): void {
    this.last = place.revision;
    this.places.set(id, place);
    if (this.places.size > MAX_IDS) this.places.delete(this.places.keys().next().value!);
  }
}
