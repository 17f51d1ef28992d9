import type { Position, RecordedEvent } from '@millwright/event-store';
import { MomentError, ReadModelError } from '@millwright/read-model';
import type { AsOf, ForkOptions, ForkReadModel, LiveReadModel, Moment } from '@millwright/read-model';
import type { Calls } from './calls.js';
import { SqliteForkReadModel } from './fork/fork-read-model.js';
import { Head } from './head.js';
import type { ProjectorEvent } from './projector.js';
import { Questions } from './questions.js';
import type { ReaderClient } from './reader-client.js';
import { translated } from './translate-error.js';
import type { Extent, Projected } from './worker-protocol.js';

export interface LiveOptions {
  readonly maxForks: number;
  readonly onPassedOver: (reason: string) => void;
}

/** The live model: one worker writes, another reads; this side knows what has been committed. */
export class SqliteReadModel extends Questions implements LiveReadModel {
  private readonly writer: Calls;
  private readonly options: LiveOptions;
  private readonly at: Head;
  /** Those being opened included. */
  private openForks = 0;

  constructor(writer: Calls, reader: ReaderClient, extent: Extent | undefined, options: LiveOptions) {
    super(reader);
    this.writer = writer;
    this.options = options;
    this.at = new Head(extent);
  }

  async head(): Promise<Moment | undefined> {
    return this.at.extent?.head;
  }

  /** A time after the head means the head. */
  async moment(asOf?: AsOf): Promise<Moment> {
    const { head } = this.extent();
    if (asOf === undefined) return head;
    if ('position' in asOf && asOf.position > head.position) throw afterHead(asOf.position, head);
    const found = await this.reader.moment(asOf);
    if (!found) throw this.beforeStart('position' in asOf ? `position ${asOf.position}` : timeText(asOf.time));
    return found;
  }

  reached(position: Position, deadlineMs: number): Promise<void> {
    return this.at.reached(position, deadlineMs);
  }

  async checkpoint(): Promise<Position | undefined> {
    // Asked of the file: a call that missed its deadline may have been carried out since.
    this.at.moveTo(await this.writer.call<Extent | undefined>('extent').catch(translated));
    return this.at.extent?.head.position;
  }

  async project(events: readonly RecordedEvent[]): Promise<void> {
    const { extent, passedOver } = await this.writer.call<Projected>('project', events.map(slim)).catch(translated);
    this.at.moveTo(extent);
    for (const { reason } of passedOver) this.options.onPassedOver(reason);
  }

  async fork(options: ForkOptions): Promise<ForkReadModel> {
    const { from, until, assets, models } = options;
    this.check(from);
    this.check(until);
    if (from.position > until.position) {
      throw new MomentError(
        'outside-fork',
        `a fork begins at or before its end: ${from.position} lies after ${until.position}`,
      );
    }
    if (this.openForks >= this.options.maxForks) {
      throw new ReadModelError(
        'overloaded',
        `${this.options.maxForks} forks are open, the most allowed; close one first`,
      );
    }
    this.openForks++;
    const release = (): void => void this.openForks--;
    try {
      const branch = await this.reader.openFork({ from, assets, models });
      return new SqliteForkReadModel({ live: this, reader: this.reader, branch, until, onClose: release });
    } catch (error) {
      release();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.at.close();
    await Promise.all([this.reader.close(), this.writer.close()]);
  }

  check(at: Moment): void {
    const { start, head } = this.extent();
    if (at.position > head.position) throw afterHead(at.position, head);
    if (at.position < start.position) throw this.beforeStart(`position ${at.position}`);
  }

  private extent(): Extent {
    const extent = this.at.extent;
    if (!extent) throw new MomentError('before-start', 'nothing has been projected yet: there is no moment to ask for');
    return extent;
  }

  private beforeStart(what: string): MomentError {
    const { start } = this.extent();
    return new MomentError(
      'before-start',
      `${what} lies before the first event, at position ${start.position}, recorded at ${timeText(start.time)}`,
    );
  }
}

const slim = ({ id, stream, type, data, metadata, position, recordedAt }: RecordedEvent): ProjectorEvent => ({
  id,
  stream,
  type,
  data,
  time: metadata.time,
  position,
  recordedAt,
});

const afterHead = (position: Position, head: Moment): MomentError =>
  new MomentError('after-head', `position ${position} lies after the last one projected, ${head.position}`);

const timeText = (time: number): string => (Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : `time ${time}`);
