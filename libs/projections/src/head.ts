import type { Position } from '@millwright/event-store';
import { ReadModelError } from '@millwright/read-model';
import type { Extent } from './worker-protocol.js';

interface Waiter {
  readonly position: Position;
  settle(error?: ReadModelError): void;
}

/** What has been committed, and those who wait for more. */
export class Head {
  private committed: Extent | undefined;
  private readonly waiters = new Set<Waiter>();

  constructor(extent: Extent | undefined) {
    this.committed = extent;
  }

  get extent(): Extent | undefined {
    return this.committed;
  }

  moveTo(extent: Extent | undefined): void {
    this.committed = extent;
    for (const waiter of this.waiters) if (this.hasReached(waiter.position)) waiter.settle();
  }

  reached(position: Position, deadlineMs: number): Promise<void> {
    if (this.hasReached(position)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        position,
        settle: (error) => {
          clearTimeout(timer);
          this.waiters.delete(waiter);
          if (error) reject(error);
          else resolve();
        },
      };
      const timer = setTimeout(() => waiter.settle(this.tooLate(position, deadlineMs)), deadlineMs);
      this.waiters.add(waiter);
    });
  }

  close(): void {
    for (const waiter of this.waiters) waiter.settle(new ReadModelError('closed', 'the read model has been closed'));
  }

  private hasReached(position: Position): boolean {
    return this.committed !== undefined && this.committed.head.position >= position;
  }

  private tooLate(position: Position, deadlineMs: number): ReadModelError {
    const at = this.committed ? `at position ${this.committed.head.position}` : 'empty';
    const message = `the read model did not reach position ${position} within ${deadlineMs} ms; it is ${at}`;
    return new ReadModelError('deadline-exceeded', message);
  }
}
