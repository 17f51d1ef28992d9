import { WorkerError, sqliteCode, type WorkerHandlers } from '@millwright/sqlite';
import type { Calls } from './calls.js';

/** A worker's methods without the thread: what is sent is still cloned, and errors arrive as a worker's would. */
export const directCalls = (handlers: WorkerHandlers): Calls => ({
  call: async <T>(method: string, args?: unknown): Promise<T> => {
    try {
      const handler = handlers[method] as (args: unknown) => unknown;
      return structuredClone(await handler(structuredClone(args))) as T;
    } catch (error) {
      throw new WorkerError('failed', (error as Error).message, { cause: error, sqliteCode: sqliteCode(error) });
    }
  },
  close: async () => {
    await handlers['close']?.(undefined as never);
  },
});
