import type { EventStore } from '@millwright/event-store';
import type { LiveReadModel } from '@millwright/read-model';
import { WorkerClient } from '@millwright/sqlite';
import { removeDatabase } from './database/schema.js';
import { SqliteReadModel } from './live-read-model.js';
import { ReaderClient } from './reader-client.js';
import { translated } from './translate-error.js';
import { workerFile } from './worker-file.js';
import { whyForeign } from './why-foreign.js';
import type { Extent, Opened, ReaderData, WriterData } from './worker-protocol.js';

export interface ReadModelOptions {
  /** The file; its folder exists. It holds nothing that the log does not, and may be deleted while no server runs. */
  readonly path: string;
  /**
   * The log that is projected. Where it is given, a file that belongs to another log is noticed, and built anew; without it, such a file
   * would go on from its checkpoint.
   */
  readonly log?: Pick<EventStore, 'head' | 'readAll' | 'readStream'>;
  /** Longest wait for an answer, milliseconds; default 10,000. */
  readonly deadlineMs?: number;
  /** Forks open at once; default 8. */
  readonly maxForks?: number;
  /** Samples that gather before they move into the history and its rollups; default 32,768. */
  readonly maxTail?: number;
  /** The file was of another version, of another log, or unreadable, and is built anew from the log: why, in a sentence. */
  readonly onRebuild?: (reason: string) => void;
  /** An event that no projection can read has been passed over: why, in a sentence. */
  readonly onPassedOver?: (reason: string) => void;
}

/**
 * Opens the read model, creating it where needed. What `checkpoint()` then says is where to go on in the log. Rejects with a ReadModelError when
 * the file cannot be opened or written.
 */
export const openReadModel = async (options: ReadModelOptions): Promise<LiveReadModel> => {
  const { path, deadlineMs = 10_000, maxForks = 8, maxTail = 32_768 } = options;
  const { onRebuild = () => undefined, onPassedOver = () => undefined } = options;
  const clients: WorkerClient[] = [];
  const open = async (name: 'writer' | 'reader', workerData: WriterData | ReaderData): Promise<WorkerClient> => {
    const client = new WorkerClient(workerFile(name), { name: `the read model's ${name}`, workerData, deadlineMs });
    clients.push(client);
    await client.ready();
    return client;
  };

  try {
    let writer = await open('writer', { path, maxTail });
    let opened = await writer.call<Opened>('opened');
    const unfit = opened.unfit ?? (await whyUnfit(options, opened.extent));
    if (unfit !== undefined) {
      onRebuild(`the read model is built anew from the log: ${unfit}`);
      await writer.close();
      await removeDatabase(path);
      writer = await open('writer', { path, maxTail });
      opened = {};
    }
    const reader = new ReaderClient(await open('reader', { path }));
    return new SqliteReadModel(writer, reader, opened.extent, { maxForks, onPassedOver });
  } catch (error) {
    await Promise.all(clients.map((client) => client.close()));
    return translated(error);
  }
};

const whyUnfit = async ({ path, log }: ReadModelOptions, extent: Extent | undefined): Promise<string | undefined> => {
  const foreign = log && extent && (await whyForeign(log, extent));
  return foreign && `${path} belongs to another log: ${foreign}`;
};
