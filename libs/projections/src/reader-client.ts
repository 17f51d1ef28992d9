import { ReadModelError } from '@millwright/read-model';
import type { AsOf, Moment, ProjectedEvent } from '@millwright/read-model';
import type { Calls } from './calls.js';
import type { BranchOptions } from './fork/fork-branch.js';
import type { Question } from './plant-reader.js';
import { translated } from './translate-error.js';
import type { Answer, Ask, OpenFork, ProjectFork, QuestionArgs } from './worker-protocol.js';

/** The reader's worker, with types. Rejects with a ReadModelError. */
export class ReaderClient {
  private readonly client: Calls;
  private forks = 0;

  constructor(client: Calls) {
    this.client = client;
  }

  /** The last moment at or before; undefined before the first one. */
  moment(asOf: AsOf): Promise<Moment | undefined> {
    return this.call('moment', asOf);
  }

  ask<Q extends Question>(question: Q, at: Moment, args: QuestionArgs<Q>, fork?: number): Promise<Answer<Q>> {
    const ask: Ask<Q> = { question, at: at.position, args, ...(fork !== undefined && { fork }) };
    return this.call('ask', ask);
  }

  async openFork(options: BranchOptions): Promise<number> {
    const fork = ++this.forks;
    await this.call('openFork', { ...options, fork } satisfies OpenFork);
    return fork;
  }

  projectFork(fork: number, events: readonly ProjectedEvent[]): Promise<void> {
    return this.call('projectFork', { fork, events } satisfies ProjectFork);
  }

  /** A closed reader has closed its forks. */
  async closeFork(fork: number): Promise<void> {
    try {
      await this.call('closeFork', fork);
    } catch (error) {
      if (!(error instanceof ReadModelError && error.code === 'closed')) throw error;
    }
  }

  close(): Promise<void> {
    return this.client.close();
  }

  private call<T>(method: string, args: unknown): Promise<T> {
    return this.client.call<T>(method, args).catch(translated);
  }
}
