import type { AssetId, Fact } from '@millwright/events';
import type { FactWriter } from '../fact-writer.port.js';
import { Backoff, pause, type BackoffOptions } from '../link/backoff.js';
import { errorText } from '../link/deadline.js';
import type { Batch } from './batch.js';

export interface LaneOptions {
  readonly asset: AssetId;
  readonly gateway: string;
  readonly writer: FactWriter;
  /** Number of the next sample stored. */
  readonly sequence: number;
  readonly now: () => number;
  /** The lane has something to write; answered by {@link AssetLane.writeNext}, later. */
  readonly onWork: (lane: AssetLane) => void;
  /** A batch is durable. */
  readonly onStored: (batch: Batch) => void;
  readonly retry: BackoffOptions;
  /** Aborts when the ingest gives up on what is not written yet. */
  readonly givenUp: AbortSignal;
}

interface LinkChange {
  readonly connection: string;
  readonly fact: Fact;
}
type Work = { readonly batch: Batch } | { readonly link: LinkChange };

/** What keeps an asset's writes from the log, for health. */
export interface LaneTrouble {
  readonly asset: AssetId;
  readonly tries: number;
  readonly message: string;
}

/**
 * Writes one asset's batches and link facts, one at a time and in order. While one is under way the next batch collects. A write that fails is
 * tried again with backoff until it succeeds or the ingest gives up: those who offered the samples wait, nothing is lost.
 */
export class AssetLane {
  readonly asset: AssetId;
  private readonly options: LaneOptions;
  private readonly queue: Work[] = [];
  private current: Work | undefined;
  private busy = false;
  private startedAt = 0;
  private sequence: number;
  private drainWaiters: (() => void)[] = [];
  trouble: LaneTrouble | undefined;

  constructor(options: LaneOptions) {
    this.options = options;
    this.asset = options.asset;
    this.sequence = options.sequence;
  }

  enqueue(batch: Batch): void {
    this.queue.push({ batch });
    this.options.onWork(this);
  }

  /** The fact comes after every sample taken so far from its connection. */
  enqueueLink(connection: string, fact: Fact): void {
    for (const work of this.queue)
      if ('batch' in work && work.batch.connection === connection) work.batch.sealed = true;
    this.foldFlapping(connection);
    this.queue.push({ link: { connection, fact } });
    this.options.onWork(this);
  }

  /** Starts the next write unless one is under way. The lane is free again after both the write and `rest`. */
  writeNext(rest: Promise<void> | undefined): void {
    if (this.busy) return;
    const work = this.queue.shift();
    if (work) void this.write(work, rest);
  }

  /** How long the write under way has lasted, milliseconds. */
  get writingForMs(): number {
    return this.current === undefined ? 0 : this.options.now() - this.startedAt;
  }

  /** Resolves when nothing is waiting or under way. */
  drained(): Promise<void> {
    if (this.current === undefined && this.queue.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.drainWaiters.push(resolve));
  }

  private async write(work: Work, rest: Promise<void> | undefined): Promise<void> {
    this.busy = true;
    this.current = work;
    this.startedAt = this.options.now();
    if ('batch' in work) work.batch.sealed = true;
    const written = await this.writeUntilDone(work);
    if (written && 'batch' in work) {
      this.sequence += work.batch.samples.length;
      this.options.onStored(work.batch);
      work.batch.settle();
    }
    this.current = undefined;
    if (this.queue.length === 0) for (const resolve of this.drainWaiters.splice(0)) resolve();
    await rest;
    this.busy = false;
    if (this.queue.length > 0) this.options.onWork(this);
  }

  /** False when the ingest gave up first. */
  private async writeUntilDone(work: Work): Promise<boolean> {
    const { writer, gateway, givenUp, retry } = this.options;
    const { sequence } = this;
    const fact = 'link' in work ? work.link.fact : (time: number) => work.batch.fact(gateway, sequence, time);
    const backoff = new Backoff(retry);
    for (let tries = 1; !givenUp.aborted; tries++) {
      try {
        await writer.write(this.asset, fact);
        this.trouble = undefined;
        return !givenUp.aborted;
      } catch (error) {
        this.trouble = { asset: this.asset, tries, message: errorText(error) };
        await pause(backoff.next(), givenUp);
      }
    }
    return false;
  }

  /** Once the ingest has given up: whoever waits for what is not written is told so. */
  abandon(): void {
    const error = new IngestClosedError(
      `the samples of "${this.asset}" could not be written before the ingest closed` +
        (this.trouble ? `: ${this.trouble.message}` : ''),
    );
    const works = [...(this.current ? [this.current] : []), ...this.queue.splice(0)];
    for (const work of works) if ('batch' in work) work.batch.settle(error);
    for (const resolve of this.drainWaiters.splice(0)) resolve();
  }

  /** A link that goes down and up while the log is away leaves its last down and up, not one pair for each time. */
  private foldFlapping(connection: string): void {
    const tail = this.queue.slice(-2);
    const ofLink = tail.length === 2 && tail.every((work) => 'link' in work && work.link.connection === connection);
    if (ofLink) this.queue.length -= 2;
  }
}

/** The ingest takes no more samples, or gave up writing those it had. */
export class IngestClosedError extends Error {
  override readonly name = 'IngestClosedError';
}
