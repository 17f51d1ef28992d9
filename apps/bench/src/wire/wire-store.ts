import type { Contents } from '../common/counted.js';
import type { Store } from '../common/store.js';

/** A log in another process. */
export interface WireStore extends Store {
  /** Calls back for every event that is appended from now on. Resolves when it is live, with a function that ends it. */
  follow(see: (id: string) => void): Promise<() => Promise<void>>;
  /** CPU seconds that the other process has used so far; undefined where that cannot be known. */
  serverCpuSeconds?(): number;
  /** Ends what was started for it. */
  close(): Promise<void>;
}

export interface WireSubject {
  readonly name: string;
  open(folder: string): Promise<WireStore>;
  /** What the closed server has on the disk; absent where it keeps nothing, or keeps it elsewhere. */
  inspect?(folder: string): Contents;
}
