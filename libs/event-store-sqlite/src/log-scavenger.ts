import { statSync } from 'node:fs';
import type { Database } from '@millwright/sqlite';
import { rangesWithRetention, type StreamRange } from './kept-range.js';
import type { ScavengeStep } from './messages.js';
import { EventRemover } from './remove-events.js';
import { Statements } from './statements.js';

/** Bounds of a step, so that appends between steps wait for a few milliseconds. */
const STREAMS_PER_STEP = 100;
const PAGES_PER_STEP = 128;
/** How long a checkpoint waits for readers to be gone, milliseconds. */
const CHECKPOINT_WAIT_MS = 200;

/**
 * Removes what retention and deletion hide, step by step, each step a transaction of its own: the writer goes on between them, and after
 * a kill the log is whole, and the next scavenge finds the rest. Then the free pages are given back to the disk.
 */
export class LogScavenger {
  private readonly db: Database;
  private readonly path: string;
  private readonly now: number;
  private readonly statements: Statements;
  private readonly bytesBefore: number;
  private readonly keptFrom = new Map<number, number>();
  private plannedTo = 0;
  private from = Infinity;
  private to = 0;
  private remover: EventRemover | undefined;
  private removedEvents = 0;
  private phase: ScavengeStep['phase'] = 'plan';

  /** `now`: the log's clock, by which events are too old. */
  constructor(db: Database, path: string, now: number) {
    this.db = db;
    this.path = path;
    this.now = now;
    this.statements = new Statements(db);
    this.bytesBefore = this.bytesOnDisk();
  }

  /** Does the next part of the work, and tells what is to come. `transact` runs what is given to it in one transaction of the writer. */
  step(transact: (work: () => void) => void): ScavengeStep {
    switch (this.phase) {
      case 'plan':
        this.plan();
        break;
      case 'remove':
        transact(() => this.remove());
        break;
      case 'tell':
        this.phase = 'shrink';
        break;
      case 'shrink':
        this.shrink();
        break;
      default:
        this.bringWalHome();
        this.phase = 'done';
    }
    if (this.phase !== 'done') return { phase: this.phase };
    const freedBytes = Math.max(0, this.bytesBefore - this.bytesOnDisk());
    return { phase: 'done', removedEvents: this.removedEvents, freedBytes };
  }

  private plan(): void {
    const ranges = rangesWithRetention(this.statements, this.now, this.plannedTo, STREAMS_PER_STEP);
    for (const range of ranges) this.planStream(range);
    this.plannedTo = ranges.at(-1)?.id ?? this.plannedTo;
    if (ranges.length === STREAMS_PER_STEP) return;
    this.phase = this.keptFrom.size > 0 ? 'remove' : 'tell';
  }

  private planStream({ id, first }: StreamRange): void {
    const hidden = 'SELECT position FROM events WHERE stream = ? AND revision < ? ORDER BY revision';
    const from = this.statements.value(`${hidden} LIMIT 1`, id, first);
    if (from === undefined) return;
    this.keptFrom.set(id, first);
    this.from = Math.min(this.from, from);
    this.to = Math.max(this.to, this.statements.value(`${hidden} DESC LIMIT 1`, id, first)!);
  }

  private remove(): void {
    this.remover ??= new EventRemover(this.db, { keptFrom: this.keptFrom, from: this.from, to: this.to });
    const { removed, more } = this.remover.step();
    this.removedEvents += removed;
    if (!more) this.phase = 'tell';
  }

  private shrink(): void {
    const free = this.pragma('freelist_count');
    if (free > 0 && this.pragma('auto_vacuum') > 0) {
      this.db.exec(`PRAGMA incremental_vacuum(${PAGES_PER_STEP})`);
      return;
    }
    // A file that another tool has made knows no small steps: it is written anew at one go, and knows them from then on.
    if (free > 0) this.db.exec('PRAGMA auto_vacuum = INCREMENTAL; VACUUM');
    this.phase = 'finish';
  }

  /** As far as readers let it: the file shrinks when its WAL has been brought home. */
  private bringWalHome(): void {
    const wait = this.pragma('busy_timeout');
    this.db.pragma(`busy_timeout = ${CHECKPOINT_WAIT_MS}`);
    try {
      this.db.pragma('wal_checkpoint(TRUNCATE)');
    } finally {
      this.db.pragma(`busy_timeout = ${wait}`);
    }
  }

  private bytesOnDisk(): number {
    const sizes = [this.path, `${this.path}-wal`].map((file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0);
    return sizes[0]! + sizes[1]!;
  }

  private pragma(name: string): number {
    return this.statements.value(`PRAGMA ${name}`) ?? 0;
  }
}
