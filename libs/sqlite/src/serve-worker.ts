import { parentPort, workerData } from 'node:worker_threads';
import { sqliteCode } from './database.js';
import type { FromWorker, PlainError, ToWorker } from './worker-protocol.js';

/** Methods by name. `close`, when there is one, runs last, after every earlier call has ended. */
export type WorkerHandlers = Readonly<Record<string, (args: never) => unknown>>;

/** Sends an event to the client's `onEvent`. */
export type Emit = (name: string, data: unknown) => void;

/**
 * Serves a {@link WorkerClient}. `open` is given the client's `workerData` and returns the methods; when it throws, the client's
 * `ready()` and all calls reject with its error. Synchronous methods run one at a time, in the order of the calls.
 */
export const serveWorker = async <Data>(
  open: (data: Data, emit: Emit) => WorkerHandlers | Promise<WorkerHandlers>,
): Promise<void> => {
  if (!parentPort) throw new Error('serveWorker must run in a worker thread: start this file through WorkerClient');
  const port = parentPort;
  const send = (message: FromWorker): void => port.postMessage(message);
  const calls = new Set<Promise<void>>();
  let handlers: WorkerHandlers;

  const answer = (id: number, method: string, args: unknown): void => {
    try {
      const handler = Object.hasOwn(handlers, method) ? handlers[method] : undefined;
      if (!handler) throw new Error(`the worker has no method "${method}"; it has ${Object.keys(handlers).join(', ')}`);
      const value = handler(args as never);
      if (!(value instanceof Promise)) return send({ kind: 'result', id, value });
      const call: Promise<void> = value
        .then((result: unknown) => send({ kind: 'result', id, value: result }))
        .catch((error: unknown) => send({ kind: 'error', id, error: plainError(error) }))
        .finally(() => calls.delete(call));
      calls.add(call);
    } catch (error) {
      send({ kind: 'error', id, error: plainError(error) });
    }
  };

  try {
    handlers = await open(workerData as Data, (name, data) => send({ kind: 'event', name, data }));
  } catch (error) {
    // Nothing listens on the port, so the thread ends here.
    return send({ kind: 'refused', error: plainError(error) });
  }
  port.on('message', (message: ToWorker) => {
    if (message.kind === 'call') return answer(message.id, message.method, message.args);
    void Promise.allSettled(calls)
      .then(() => handlers['close']?.(undefined as never))
      .finally(() => port.close());
  });
  send({ kind: 'ready' });
};

const plainError = (error: unknown): PlainError =>
  error instanceof Error
    ? { message: error.message, sqliteCode: sqliteCode(error), stack: error.stack }
    : { message: String(error) };
