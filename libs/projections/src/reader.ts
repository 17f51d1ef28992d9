import type { AsOf, Moment } from '@millwright/read-model';
import { openDatabase, type Database, type WorkerHandlers } from '@millwright/sqlite';
import { ForkBranch } from './fork/fork-branch.js';
import { PlantReader } from './plant-reader.js';
import type { Ask, OpenFork, ProjectFork, ReaderData } from './worker-protocol.js';

/** What the reader's worker does. Reads have a connection and a thread of their own: in WAL mode they wait for no writer. */
export const openReader = ({ path }: ReaderData): WorkerHandlers => {
  const db = openDatabase(path, { synchronous: 'NORMAL', readonly: true });
  const live = new PlantReader(db);
  const forks = new Map<number, { readonly branch: ForkBranch; readonly db: Database }>();

  /** All statements of one question see one state of the file. */
  const consistently = <T>(connection: Database, read: () => T): T => {
    connection.exec('BEGIN');
    try {
      return read();
    } finally {
      connection.exec('COMMIT');
    }
  };

  const answer = (reader: PlantReader, { question, at, args }: Ask): unknown => {
    const { n } = reader.moment({ position: at })!;
    return (reader[question] as (at: number, ...rest: readonly unknown[]) => unknown).call(reader, n, ...args);
  };

  return {
    moment: (asOf: AsOf): Moment | undefined => {
      const found = consistently(db, () => live.moment(asOf));
      return found && { position: found.position, time: found.time };
    },
    ask: (ask: Ask): unknown => {
      if (ask.fork === undefined) return consistently(db, () => answer(live, ask));
      const fork = forks.get(ask.fork)!;
      return consistently(fork.db, () => answer(fork.branch.reader, ask));
    },
    openFork: ({ fork, ...options }: OpenFork): void => {
      const connection = openDatabase(path, { synchronous: 'NORMAL' });
      try {
        forks.set(fork, { branch: new ForkBranch(connection, options), db: connection });
      } catch (error) {
        connection.close();
        throw error;
      }
    },
    projectFork: ({ fork, events }: ProjectFork): void => forks.get(fork)!.branch.project(events),
    closeFork: (fork: number): void => {
      forks.get(fork)?.branch.close();
      forks.delete(fork);
    },
    close: (): void => {
      for (const { branch } of forks.values()) branch.close();
      db.close();
    },
  };
};
