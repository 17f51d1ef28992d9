import { randomUUID } from 'node:crypto';
import { nextDeadline, type ActorRecord } from '@millwright/actor-engine';
import { errorText, pause, type FactWriter } from '@millwright/edge';
import { removedText, type EventStore, type Position, type RecordedEvent } from '@millwright/event-store';
import { assetOfStream, type AssetId } from '@millwright/events';
import { foldRecorded, restore } from './fold-log.js';
import type { ComponentHealth, Reporter } from './health.js';
import { FOLLOWED_PREFIXES, LostLogError, plantEventsOf } from './lost-log.js';
import { Outbox } from './outbox.js';
import { PlantFold, QUARANTINE_AFTER, type DeadLetter } from './plant-fold.js';
import type { Snapshots } from './snapshots.js';
import type { StreamAppender } from './stream-appender.js';

export interface TwinHostOptions {
  readonly store: EventStore;
  readonly appender: StreamAppender;
  readonly factWriter: FactWriter;
  readonly snapshots: Snapshots;
  readonly now: () => number;
  readonly report: Reporter;
  /** A cut of snapshots is taken after so many plant events; default 2,000. */
  readonly cutEveryEvents?: number;
  /** How long a logical timer may be overdue before the silence is written down as TimeAdvanced, milliseconds; default 100. */
  readonly timerGraceMs?: number;
  /** Conclusions on their way to the log before the fold waits; default 1,000. */
  readonly outboxCapacity?: number;
}

/**
 * Keeps every actor alive: folds the log as it grows, sends what the actors conclude back to it, turns silence into TimeAdvanced, and takes
 * snapshots. It alone holds the live fold.
 */
export class TwinHost {
  private readonly options: Required<TwinHostOptions>;
  private readonly outbox: Outbox;
  private fold = new PlantFold();
  private position: Position | undefined;
  private sinceCut = 0;
  private deadLetters = 0;
  private failure: string | undefined;
  /** Why the states may not be right. */
  private doubt: string | undefined;
  private caughtUp = false;
  /** Pending logical deadline of each asset that has one. */
  private readonly deadlines = new Map<AssetId, number>();
  private readonly advancing = new Set<AssetId>();

  constructor(options: TwinHostOptions) {
    this.options = { cutEveryEvents: 2_000, timerGraceMs: 100, outboxCapacity: 1_000, ...options };
    this.outbox = new Outbox(this.options.appender, this.options.outboxCapacity, (error) =>
      this.fail('a conclusion could not be written', error),
    );
  }

  /** Rebuilds every actor from the log and appends what had been concluded but not written. */
  async recover(): Promise<{ readonly assets: number; readonly missing: number }> {
    const { fold, position, missing, removed } = await restore(this.options.store, this.options.snapshots);
    if (removed) {
      this.doubt = `the actors may differ from the plant until it has said all anew: ${removedText(removed)}, before they were folded`;
      this.options.report.warn(this.doubt);
    }
    this.fold = fold;
    this.position = position;
    for (const drawn of missing) this.outbox.send(drawn);
    await this.outbox.empty();
    const assets = [...fold.entries()];
    for (const [asset, { record }] of assets) this.noteDeadline(asset, record);
    return { assets: assets.length, missing: missing.length };
  }

  /** Folds the log until the signal aborts. A lost subscription is taken up again where it ended. */
  async run(signal: AbortSignal): Promise<void> {
    const timer = setInterval(() => this.advanceSilent(), Math.max(10, this.options.timerGraceMs / 2));
    try {
      for (let attempt = 0; !signal.aborted && this.failure === undefined; attempt++) {
        const from = this.position;
        try {
          await this.follow(signal);
        } catch (error) {
          if (signal.aborted) break;
          if (error instanceof LostLogError) return this.fail('what the actors have folded is lost', error);
          if (this.position !== from) attempt = 0;
          this.options.report.warn(`the actors lost the log and take it up again: ${errorText(error)}`);
          await pause(Math.min(50 * 2 ** attempt, 5_000), signal);
        }
      }
    } finally {
      clearInterval(timer);
    }
  }

  /** A last cut, so that the next start is quick. */
  async close(): Promise<void> {
    await this.outbox.empty();
    if (this.position !== undefined && this.failure === undefined && this.sinceCut > 0) await this.cut();
  }

  /** Resolves once everything up to the position has been folded; rejects after the deadline. */
  folded(position: Position, deadlineMs: number): Promise<void> {
    const done = (): boolean => this.position !== undefined && this.position >= position;
    return this.until(done, deadlineMs, `the actors had not folded position ${position}`);
  }

  /** Resolves once every conclusion drawn so far is in the log; rejects after the deadline. */
  settled(deadlineMs: number): Promise<void> {
    return this.until(
      () => this.outbox.depth === 0,
      deadlineMs,
      `${this.outbox.depth} conclusions were not in the log`,
    );
  }

  record(asset: AssetId): ActorRecord | undefined {
    return this.fold.record(asset);
  }

  records(): readonly ActorRecord[] {
    return [...this.fold.entries()].map(([, { record }]) => record);
  }

  /** Position of the last event folded. */
  get foldedTo(): Position | undefined {
    return this.position;
  }

  health(): ComponentHealth {
    const quarantined = [...this.fold.entries()]
      .filter(([, { failures }]) => failures >= QUARANTINE_AFTER)
      .map(([asset]) => asset);
    const name = 'actors';
    if (this.failure !== undefined) return { name, state: 'down', detail: this.failure };
    const waiting = this.options.appender.fault;
    if (waiting !== undefined) return { name, state: 'degraded', detail: waiting };
    if (quarantined.length > 0)
      return { name, state: 'degraded', detail: `quarantined after repeated failures: ${quarantined.join(', ')}` };
    if (!this.caughtUp) return { name, state: 'degraded', detail: 'folding what was recorded before' };
    if (this.doubt !== undefined) return { name, state: 'degraded', detail: this.doubt };
    const letters = this.deadLetters > 0 ? `, ${this.deadLetters} dead letters` : '';
    return {
      name,
      state: 'up',
      detail: `${[...this.fold.entries()].length} actors up to position ${this.position ?? 'none'}${letters}`,
    };
  }

  private async until(done: () => boolean, deadlineMs: number, what: string): Promise<void> {
    const deadline = this.options.now() + deadlineMs;
    while (!done()) {
      if (this.failure !== undefined) throw new Error(this.failure);
      if (this.options.now() > deadline) throw new Error(`${what} after ${deadlineMs} ms`);
      await new Promise<void>((resolve) => setTimeout(resolve, 10));
    }
  }

  private async follow(signal: AbortSignal): Promise<void> {
    const filter = { streamPrefixes: FOLLOWED_PREFIXES };
    for await (const item of this.options.store.subscribe({
      after: this.position ?? 'start',
      filter,
      maxBatch: 128,
      signal,
    })) {
      if (item.kind === 'caught-up') {
        this.caughtUp = true;
        continue;
      }
      for (const event of plantEventsOf(item.events, this.position)) this.foldOne(event);
      await this.outbox.room();
      if (this.sinceCut >= this.options.cutEveryEvents) await this.cut();
      if (this.failure !== undefined) return;
    }
  }

  private foldOne(event: RecordedEvent): void {
    const { drawn, deadLetters } = foldRecorded(this.fold, event);
    for (const one of drawn) this.outbox.send(one);
    for (const letter of deadLetters) this.deadLetter(letter);
    this.position = event.position;
    this.sinceCut++;
    const asset = assetOfStream(event.stream);
    const record = asset === undefined ? undefined : this.fold.record(asset);
    if (asset === undefined || !record) return;
    this.noteDeadline(asset, record);
    const parent = record.model.parent;
    const parentRecord = parent === undefined ? undefined : this.fold.record(parent);
    if (parentRecord) this.noteDeadline(parentRecord.asset, parentRecord);
  }

  private async cut(): Promise<void> {
    await this.outbox.empty();
    this.sinceCut = 0;
    const position = this.position!;
    const written = this.outbox.lastPosition ?? position;
    await this.options.snapshots.take(position, written > position ? written : position, this.fold);
  }

  private noteDeadline(asset: AssetId, record: ActorRecord): void {
    const deadline = nextDeadline(record);
    if (deadline === undefined) this.deadlines.delete(asset);
    else this.deadlines.set(asset, deadline);
  }

  /** Writes TimeAdvanced for each asset whose logical timer is due though nothing was heard of it. */
  private advanceSilent(): void {
    if (!this.caughtUp || this.failure !== undefined) return;
    const due = this.options.now() - this.options.timerGraceMs;
    for (const [asset, deadline] of this.deadlines) {
      if (deadline > due || this.advancing.has(asset)) continue;
      this.advancing.add(asset);
      this.deadlines.delete(asset);
      this.options.factWriter
        .write(asset, { type: 'TimeAdvanced', data: {} })
        .catch((error: unknown) => this.fail(`time could not be advanced for "${asset}"`, error))
        .finally(() => this.advancing.delete(asset));
    }
  }

  private deadLetter({ asset, event, error, quarantined }: DeadLetter): void {
    this.deadLetters++;
    this.options.report.error(
      `"${asset}" could not fold ${event.type} ${event.id}: ${error}; its old state stays` +
        (quarantined ? ', and it is quarantined: later events are kept but not folded' : ''),
    );
    const data = { asset, event: event.id, type: event.type, error, quarantined };
    const letter = {
      id: randomUUID(),
      type: 'EventDeadLettered',
      data,
      metadata: { time: event.time, causationId: event.id },
    };
    this.options.appender
      .append(`dead-letter-${asset}`, [letter])
      .catch((e: unknown) => this.fail('a dead letter could not be written', e));
  }

  private fail(what: string, error: unknown): void {
    this.failure ??= `${what}: ${errorText(error)}; the actors have stopped, restart the server`;
    this.options.report.error(this.failure);
  }
}
