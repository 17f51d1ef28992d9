import type { Position } from '@millwright/event-store';
import { MomentError } from '@millwright/read-model';
import type { AsOf, ForkReadModel, Moment, ProjectedEvent } from '@millwright/read-model';
import { Questions } from '../questions.js';
import type { ReaderClient } from '../reader-client.js';

/** A fork's model: the live one's moments up to its end, and the branch in the reader's worker for the answers. */
export class SqliteForkReadModel extends Questions implements ForkReadModel {
  private readonly live: Questions;
  private readonly fork: number;
  private readonly until: Moment;
  private closing: Promise<void> | undefined;
  onClose: () => void = () => undefined;

  constructor(live: Questions, reader: ReaderClient, branch: number, until: Moment) {
    super(reader, branch);
    this.live = live;
    this.fork = branch;
    this.until = until;
  }

  async head(): Promise<Moment> {
    return this.until;
  }

  async moment(asOf?: AsOf): Promise<Moment> {
    if (asOf === undefined) return this.until;
    if ('position' in asOf) this.checkPosition(asOf.position);
    const moment = await this.live.moment(asOf);
    this.checkPosition(moment.position);
    return moment;
  }

  /** What the fork holds is there from its creation on. */
  async reached(position: Position): Promise<void> {
    this.checkPosition(position);
  }

  async project(conclusions: readonly ProjectedEvent[]): Promise<void> {
    for (const { position } of conclusions) this.checkPosition(position);
    await this.reader.projectFork(this.fork, conclusions);
    this.forgetAssets();
  }

  close(): Promise<void> {
    this.onClose();
    this.closing ??= this.reader.closeFork(this.fork);
    return this.closing;
  }

  check(at: Moment): void {
    this.checkPosition(at.position);
    this.live.check(at);
  }

  private checkPosition(position: Position): void {
    if (position <= this.until.position) return;
    throw new MomentError(
      'outside-fork',
      `position ${position} lies after the end of the fork, ${this.until.position}`,
    );
  }
}
