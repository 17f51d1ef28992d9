import { Worker } from 'node:worker_threads';
import { WorkerError, type WorkerErrorCode } from './worker-error.js';
import type { FromWorker, PlainError, ToWorker } from './worker-protocol.js';

export interface WorkerClientOptions {
  /** What the worker does, for error messages: `the log's writer`. */
  readonly name: string;
  /** Given to the worker's `open`. */
  readonly workerData?: unknown;
  /** Longest wait for an answer, milliseconds; default 10,000. A call may name its own; `Infinity` waits for ever. */
  readonly deadlineMs?: number;
  /** Calls that the worker has not answered yet, timed-out ones included; more are refused. Default 1,024. */
  readonly maxPending?: number;
  /** The worker died by itself; every pending call has been rejected. Called once, never after `close`. */
  readonly onFailure?: (error: WorkerError) => void;
  readonly onEvent?: (name: string, data: unknown) => void;
}

interface Pending {
  /** Undefined once the caller has been told (deadline): the slot stays taken until the worker answers. */
  settle: { resolve(value: never): void; reject(error: WorkerError): void } | undefined;
  timer: NodeJS.Timeout | undefined;
}

const MAX_TIMER_MS = 2 ** 31 - 1;

/** Calls the methods that a worker thread serves with {@link serveWorker}. Every promise ends: with an answer, or by its deadline. */
export class WorkerClient {
  private readonly name: string;
  private readonly deadlineMs: number;
  private readonly maxPending: number;
  private readonly options: WorkerClientOptions;
  private readonly worker: Worker;
  private readonly calls = new Map<number, Pending>();
  private readonly exited: Promise<void>;
  private readonly started: Promise<void>;
  private lastId = 0;
  private signOfLife: (() => void) | undefined;
  /** Why calls are refused; undefined while the worker serves. */
  private ended: WorkerError | undefined;

  /** `file` is JavaScript: Node 20 runs no TypeScript in a worker. */
  constructor(file: URL, options: WorkerClientOptions) {
    this.options = options;
    this.name = options.name;
    this.deadlineMs = options.deadlineMs ?? 10_000;
    this.maxPending = options.maxPending ?? 1_024;
    // The process's own flags (a test runner's export conditions, an inspector) are not for the worker.
    this.worker = new Worker(file, { workerData: options.workerData, name: options.name, execArgv: [] });
    this.started = new Promise((resolve, reject) => {
      this.calls.set(0, { settle: { resolve, reject }, timer: undefined });
    });
    this.started.catch(() => undefined);
    this.worker.on('message', (message: FromWorker) => this.receive(message));
    this.worker.on('messageerror', (error) =>
      this.fail(`${this.name} sent what cannot be read: ${error.message}`, error),
    );
    this.worker.on('error', (error) => this.fail(`${this.name} died: ${messageOf(error)}`, error));
    this.exited = new Promise((resolve) => {
      this.worker.once('exit', (code) => {
        this.fail(`${this.name} ended by itself with code ${code}`);
        resolve();
      });
    });
  }

  /**
   * Resolves once the worker's `open` has succeeded; rejects with its error, or after the deadline. An `open` that does long work tells
   * of it by events: each gives it `renewedMs` from then on.
   */
  ready(deadlineMs = this.deadlineMs, renewedMs = deadlineMs): Promise<void> {
    return new Promise((resolve, reject) => {
      const expire = (ms: number): NodeJS.Timeout =>
        setTimeout(
          () => reject(this.error('deadline-exceeded', `${this.name} did not start within ${ms} ms`)),
          Math.min(ms, MAX_TIMER_MS),
        );
      let timer = expire(deadlineMs);
      this.signOfLife = () => {
        clearTimeout(timer);
        timer = expire(renewedMs);
      };
      this.started.then(resolve, reject).finally(() => {
        clearTimeout(timer);
        this.signOfLife = undefined;
      });
    });
  }

  /**
   * Rejects with a {@link WorkerError}. A call that missed its deadline may still be carried out. `transfer`: memory of the arguments that is
   * handed over instead of copied; the caller has it no longer.
   */
  call<T>(
    method: string,
    args?: unknown,
    deadlineMs = this.deadlineMs,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.ended) return reject(this.ended);
      if (this.calls.size >= this.maxPending) {
        return reject(
          this.error(
            'overloaded',
            `${this.name} has ${this.calls.size} calls waiting, the most allowed; "${method}" was not sent, try later`,
          ),
        );
      }
      const id = ++this.lastId;
      const message: ToWorker = { kind: 'call', id, method, args };
      this.worker.postMessage(message, transfer);
      const timer =
        deadlineMs > MAX_TIMER_MS ? undefined : setTimeout(() => this.expire(id, method, deadlineMs), deadlineMs);
      this.calls.set(id, { settle: { resolve, reject }, timer });
    });
  }

  /** Calls that the worker has not answered yet. */
  get pending(): number {
    return this.calls.size;
  }

  /**
   * Refuses new calls, lets the worker answer those under way and close, and awaits its end. After the deadline it is killed, and what is
   * pending rejects.
   */
  async close(deadlineMs = this.deadlineMs): Promise<void> {
    if (!this.ended) {
      this.ended = this.error('closed', `${this.name} has been closed`);
      const message: ToWorker = { kind: 'close' };
      this.worker.postMessage(message);
    }
    const timer = setTimeout(() => void this.worker.terminate(), Math.min(deadlineMs, MAX_TIMER_MS));
    await this.exited;
    clearTimeout(timer);
    this.rejectAll(this.ended);
  }

  private receive(message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        return this.settle(0, (call) => call.resolve(undefined as never));
      case 'result':
        return this.settle(message.id, (call) => call.resolve(message.value as never));
      case 'error':
        return this.settle(message.id, (call) => call.reject(this.remote(message.error)));
      case 'refused':
        this.ended ??= this.remote(message.error);
        return this.rejectAll(this.ended);
      case 'event':
        this.signOfLife?.();
        return this.options.onEvent?.(message.name, message.data);
    }
  }

  private settle(id: number, tell: (call: NonNullable<Pending['settle']>) => void): void {
    const pending = this.calls.get(id);
    if (!pending) return;
    this.calls.delete(id);
    clearTimeout(pending.timer);
    if (pending.settle) tell(pending.settle);
  }

  private expire(id: number, method: string, deadlineMs: number): void {
    const pending = this.calls.get(id);
    pending?.settle?.reject(
      this.error(
        'deadline-exceeded',
        `${this.name} did not answer "${method}" within ${deadlineMs} ms; it may still carry it out`,
      ),
    );
    if (pending) pending.settle = undefined;
  }

  private fail(message: string, cause?: unknown): void {
    if (this.ended) return;
    this.ended = this.error('unavailable', message, cause);
    this.rejectAll(this.ended);
    this.options.onFailure?.(this.ended);
  }

  private rejectAll(error: WorkerError): void {
    for (const id of [...this.calls.keys()]) this.settle(id, (call) => call.reject(error));
  }

  private remote({ message, sqliteCode, stack }: PlainError): WorkerError {
    const cause = Object.assign(new Error(message), stack === undefined ? {} : { stack });
    return new WorkerError('failed', message, { cause, sqliteCode });
  }

  private error(code: WorkerErrorCode, message: string, cause?: unknown): WorkerError {
    return new WorkerError(code, message, cause === undefined ? {} : { cause });
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
