/** Messages between {@link WorkerClient} and {@link serveWorker}. */
export type ToWorker =
  | { readonly kind: 'call'; readonly id: number; readonly method: string; readonly args: unknown }
  | { readonly kind: 'close' };

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly error: PlainError }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: PlainError }
  | { readonly kind: 'event'; readonly name: string; readonly data: unknown };

/** What survives of an error between threads. */
export interface PlainError {
  readonly message: string;
  readonly sqliteCode?: string | undefined;
  readonly stack?: string | undefined;
}
