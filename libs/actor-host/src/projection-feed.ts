import { Backoff, errorText, pause } from '@millwright/edge';
import { removedText, type EventStore, type Position, type RecordedEvent } from '@millwright/event-store';
import type { LiveReadModel } from '@millwright/read-model';
import { removedSince } from './fold-log.js';
import type { ComponentHealth, Reporter } from './health.js';
import { FOLLOWED_PREFIXES, LostLogError, plantEventsOf } from './lost-log.js';

/** Brings the log to the read model, one batch at a time, from the checkpoint on and for ever. */
export class ProjectionFeed {
  private readonly store: EventStore;
  private readonly readModel: LiveReadModel;
  private readonly report: Reporter;
  private readonly backoff = new Backoff({ minMs: 100, maxMs: 5_000 });
  /** What the log had lost before it was projected: to build anew would lose more. */
  private hole: string | undefined;
  private state: ComponentHealth = { name: 'read model', state: 'degraded', detail: 'not started' };

  constructor(store: EventStore, readModel: LiveReadModel, report: Reporter) {
    this.store = store;
    this.readModel = readModel;
    this.report = report;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.follow(signal);
      } catch (error) {
        if (signal.aborted) return;
        const detail = `the read model stands still: ${errorText(error)}`;
        this.state = { name: 'read model', state: 'down', detail };
        this.report.error(detail);
        if (error instanceof LostLogError) return;
        await pause(this.backoff.next(), signal);
      }
    }
  }

  health(): ComponentHealth {
    return this.state;
  }

  private async follow(signal: AbortSignal): Promise<void> {
    const checkpoint = await this.readModel.checkpoint();
    const after = checkpoint ?? 'start';
    let behind = true;
    this.state = { name: 'read model', state: 'degraded', detail: 'projecting what was recorded before' };
    for await (const item of this.store.subscribe({
      after,
      filter: { streamPrefixes: FOLLOWED_PREFIXES },
      maxBatch: 512,
      signal,
    })) {
      if (item.kind === 'events') await this.project(item.events);
      this.backoff.reset();
      if (item.kind !== 'caught-up') continue;
      if (behind) await this.lookForHoles(checkpoint);
      behind = false;
      this.state =
        this.hole === undefined
          ? { name: 'read model', state: 'up', detail: 'up to date' }
          : { name: 'read model', state: 'degraded', detail: this.hole };
    }
  }

  private async project(events: readonly RecordedEvent[]): Promise<void> {
    await this.readModel.project(plantEventsOf(events, await this.readModel.checkpoint()));
  }

  /** After the backlog, so that what a scavenge took meanwhile is found too. */
  private async lookForHoles(checkpoint: Position | undefined): Promise<void> {
    const head = await this.readModel.head();
    if (!head) return;
    const assets = (await this.readModel.assets(head)).map(({ model }) => model.asset);
    const removed = await removedSince(this.store, assets, checkpoint);
    if (!removed) return;
    const from = checkpoint === undefined ? 'from its beginning' : `from position ${checkpoint}`;
    this.hole = `up to date, but history is not whole ${from}: ${removedText(removed)}, before they were projected`;
    this.report.warn(`the read model is ${this.hole}`);
  }
}
