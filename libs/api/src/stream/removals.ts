import { removedOf, streamMatcher, type EventFilter, type Position, type RemovedEvents } from '@millwright/event-store';
import { derivedStream, factsStream } from '@millwright/events';
import { Inject, Injectable } from '@nestjs/common';
import { API_OPTIONS, type ApiOptions } from '../api-options.js';

/** What the log no longer has of the plant's streams, for readers that resume. */
@Injectable()
export class Removals {
  private readonly options: ApiOptions;
  private running: Promise<unknown> = Promise.resolve();
  private next: Promise<readonly RemovedEvents[]> | undefined;

  constructor(@Inject(API_OPTIONS) options: ApiOptions) {
    this.options = options;
  }

  /**
   * The stream, of those that may pass the filter, that lost events the furthest, where a reader from the position on would miss some;
   * undefined when it misses none. True of every event removed before the call.
   */
  async after(position: Position, filter: EventFilter): Promise<RemovedEvents | undefined> {
    const matches = streamMatcher(filter) ?? (() => true);
    let furthest: RemovedEvents | undefined;
    for (const removed of await this.look()) {
      if (removed.upTo <= position || !matches(removed.stream)) continue;
      if (!furthest || removed.upTo > furthest.upTo) furthest = removed;
    }
    return furthest;
  }

  /** One look at a time, shared by all who ask before it begins: after a restart every client resumes at once. */
  private look(): Promise<readonly RemovedEvents[]> {
    return (this.next ??= this.running.then(() => {
      const look = this.next!;
      this.next = undefined;
      this.running = look.catch(() => undefined);
      return this.lookNow();
    }));
  }

  private async lookNow(): Promise<readonly RemovedEvents[]> {
    const assets = await this.assets();
    return removedOf(
      this.options.store,
      assets.flatMap((asset) => [factsStream(asset), derivedStream(asset)]),
      this.options.now,
    );
  }

  /** As the read model knows them, which is there at once after a restart, and the actors, when the read model is being built anew. */
  private async assets(): Promise<readonly string[]> {
    const { readModel, host } = this.options;
    const assets = new Set(host.records().map(({ asset }) => asset));
    const head = await readModel.head();
    if (head) for (const { model } of await readModel.assets(head)) assets.add(model.asset);
    return [...assets];
  }
}
