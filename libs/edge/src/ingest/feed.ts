import type { Sample } from '@millwright/events';
import type { AssetLane } from './asset-lane.js';
import { Batch } from './batch.js';

/** The part of an asset's stream that one connection fills: keeps the batch that is open for it. */
export class Feed {
  readonly lane: AssetLane;
  readonly connection: string;
  private readonly onCounted: (feed: Feed) => void;
  private open: Batch;
  private queued = false;

  /** `onCounted`: counts without a sample wait here until {@link Feed.flush}. */
  constructor(lane: AssetLane, connection: string, onCounted: (feed: Feed) => void) {
    this.lane = lane;
    this.connection = connection;
    this.onCounted = onCounted;
    this.open = new Batch(connection);
  }

  /** The batch that the sample went into. */
  store(sample: Sample): Batch {
    const batch = this.batch();
    batch.add(sample);
    this.flush();
    return batch;
  }

  filter(signal: string, rule: string): void {
    this.batch().filtered.add(signal, rule);
    this.counted();
  }

  reject(signal: string, reason: string, example: string): void {
    this.batch().rejected.add(signal, reason, example);
    this.counted();
  }

  /** Hands what is open to the lane, samples or counts alone. */
  flush(): void {
    if (this.queued || this.open.empty) return;
    this.queued = true;
    this.lane.enqueue(this.open);
  }

  private counted(): void {
    if (this.queued) return;
    if (this.open.full) this.flush();
    else this.onCounted(this);
  }

  private batch(): Batch {
    if (this.open.sealed || this.open.full) {
      this.open = new Batch(this.connection);
      this.queued = false;
    }
    return this.open;
  }
}
