import type { Position } from '@millwright/event-store';
import { MomentError } from '@millwright/read-model';
import type { AsOf, ForkReadModel, Moment, ProjectedEvent } from '@millwright/read-model';
import { Questions } from '../questions.js';
import type { ReaderClient } from '../reader-client.js';

export interface ForkReadModelOptions {
  readonly live: Questions;
  readonly reader: ReaderClient;
  /** Number of the branch in the reader's worker. */
  readonly branch: number;
  readonly until: Moment;
  readonly onClose: () => void;
}

/** A fork's model: the live one's moments up to its end, and the branch in the reader's worker for the answers. */
export class SqliteForkReadModel extends Questions implements ForkReadModel {
  private readonly options: ForkReadModelOptions;
  private readonly live: Questions;
  private readonly until: Moment;
  private closing: Promise<void> | undefined;

  constructor(options: ForkReadModelOptions) {
    super(options.reader, options.branch);
    this.options = options;
    this.live = options.live;
    this.until = options.until;
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
    await this.reader.projectFork(this.options.branch, conclusions);
    this.forgetAssets();
  }

  close(): Promise<void> {
    this.closing ??= this.reader.closeFork(this.options.branch).finally(this.options.onClose);
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
