import type { EventStore } from '@millwright/event-store';
import { PLANT_PREFIXES } from '@millwright/events';
import type { LiveReadModel } from '@millwright/read-model';
import type { ComponentHealth, Reporter } from './health.js';

/** Brings the log to the read model, one batch at a time, from the checkpoint on and for ever. */
export class ProjectionFeed {
  private readonly store: EventStore;
  private readonly readModel: LiveReadModel;
  private readonly report: Reporter;
  private state: ComponentHealth = { name: 'read model', state: 'degraded', detail: 'not started' };

  constructor(store: EventStore, readModel: LiveReadModel, report: Reporter) {
    this.store = store;
    this.readModel = readModel;
    this.report = report;
  }

  async run(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await this.follow(signal);
        attempt = 0;
      } catch (error) {
        if (signal.aborted) return;
        const detail = `the read model stands still: ${error instanceof Error ? error.message : String(error)}`;
        this.state = { name: 'read model', state: 'down', detail };
        this.report.error(detail);
        await new Promise<void>((resolve) => setTimeout(resolve, Math.min(100 * 2 ** attempt, 5_000)));
      }
    }
  }

  health(): ComponentHealth {
    return this.state;
  }

  private async follow(signal: AbortSignal): Promise<void> {
    const after = (await this.readModel.checkpoint()) ?? 'start';
    this.state = { name: 'read model', state: 'degraded', detail: 'projecting what was recorded before' };
    for await (const item of this.store.subscribe({
      after,
      filter: { streamPrefixes: PLANT_PREFIXES },
      maxBatch: 512,
      signal,
    })) {
      if (item.kind === 'events') await this.readModel.project(item.events);
      else this.state = { name: 'read model', state: 'up', detail: 'up to date' };
    }
  }
}
