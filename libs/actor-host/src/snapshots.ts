import { decodeRecord, encodeRecord } from '@millwright/actor-engine';
import type { EventStore, Json, NewEvent, Position, RecordedEvent } from '@millwright/event-store';
import type { AssetId } from '@millwright/events';
import { v7 as uuidV7 } from 'uuid';
import type { StreamAppender } from './stream-appender.js';
import { PlantFold, type FoldAt, type Twin } from './plant-fold.js';

const CUTS_STREAM = 'snapshots';
const snapshotStream = (asset: AssetId): string => `snapshot-${asset}`;

/** Every actor's state at one position: which revision of each asset's snapshot stream holds it. */
interface CutTaken {
  readonly position: string;
  /** Everything that was concluded from events up to `position` is in the log at or before this one. */
  readonly settled: string;
  readonly assets: Readonly<Record<AssetId, string>>;
}

interface SnapshotTaken {
  readonly position: string;
  readonly failures: number;
  readonly record: Json;
}

export interface SnapshotsOptions {
  readonly store: EventStore;
  readonly appender: StreamAppender;
  readonly now: () => number;
  /** Told why a snapshot cannot be used and the state is folded from earlier events instead. */
  readonly onUnusable: (reason: string) => void;
}

/**
 * Snapshots of all actors at common positions ("cuts"), as streams of the log, so that every store has them. A cut writes only what changed
 * since the last one, and names the revision that holds each asset.
 */
export class Snapshots {
  private readonly options: SnapshotsOptions;
  private readonly written = new Map<AssetId, { twin: Twin; revision: string }>();

  constructor(options: SnapshotsOptions) {
    this.options = options;
  }

  /** The latest usable cut that was settled by the position (default: the latest of all), or an empty fold when there is none. */
  async load(upTo?: Position): Promise<FoldAt> {
    for await (const event of this.options.store.readStream(CUTS_STREAM, { direction: 'backwards' })) {
      const cut = event.data as CutTaken;
      const position = BigInt(cut.position);
      if (upTo !== undefined && BigInt(cut.settled) > upTo) continue;
      const twins = await this.loadCut(cut);
      if (typeof twins !== 'string') return { position, fold: new PlantFold(twins) };
      this.options.onUnusable(`snapshot at position ${cut.position} is passed over: ${twins}`);
    }
    return { position: undefined, fold: new PlantFold() };
  }

  /** Writes a cut at `position`, whose conclusions are all in the log by `settled`. `fold` is read before the first wait. */
  async take(position: Position, settled: Position, fold: PlantFold): Promise<void> {
    const changed = [...fold.entries()].filter(([asset, twin]) => this.written.get(asset)?.twin !== twin);
    const known = new Map(this.written);
    await Promise.all(
      changed.map(async ([asset, twin]) => {
        const data: SnapshotTaken = {
          position: position.toString(),
          failures: twin.failures,
          record: encodeRecord(twin.record) as Json,
        };
        const { revision } = await this.options.appender.append(snapshotStream(asset), [
          this.event('SnapshotTaken', data),
        ]);
        known.set(asset, { twin, revision: revision.toString() });
      }),
    );
    const assets = Object.fromEntries([...known].map(([asset, { revision }]) => [asset, revision]));
    await this.options.appender.append(CUTS_STREAM, [
      this.event('CutTaken', { position: position.toString(), settled: settled.toString(), assets }),
    ]);
    for (const [asset, entry] of known) this.written.set(asset, entry);
  }

  private event(type: string, data: object): NewEvent {
    return { id: uuidV7(), type, data, metadata: { time: this.options.now() } };
  }

  /** All twins of a cut, or the reason why it cannot be used. */
  private async loadCut(cut: CutTaken): Promise<[AssetId, Twin][] | string> {
    const twins: [AssetId, Twin][] = [];
    for (const [asset, revision] of Object.entries(cut.assets)) {
      const stored = await this.readSnapshot(asset, BigInt(revision));
      if (!stored) return `the snapshot of "${asset}" at revision ${revision} is missing`;
      const { record, failures } = stored.data as SnapshotTaken;
      const decoded = decodeRecord(record);
      if (!decoded.ok) return `the snapshot of "${asset}" does not fit: ${decoded.reason}`;
      twins.push([asset, { record: decoded.record, failures }]);
    }
    return twins;
  }

  private async readSnapshot(asset: AssetId, revision: bigint): Promise<RecordedEvent | undefined> {
    // Where retention has hidden it, the stream gives the next one.
    for await (const event of this.options.store.readStream(snapshotStream(asset), { from: revision, maxCount: 1 }))
      return event.revision === revision ? event : undefined;
    return undefined;
  }
}
