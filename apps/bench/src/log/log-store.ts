import type { Contents } from '../common/counted.js';
import type { Store } from '../common/store.js';

/** A store on this machine's disk. */
export interface LogStore extends Store {
  /** Brings everything home and lets go of the file. */
  close(): Promise<void>;
}

/** A way to keep a log, to be measured. */
export interface Keeper {
  readonly name: string;
  open(folder: string): Promise<LogStore>;
  /** What a closed store really has on the disk, read by other means than it was written. */
  inspect(folder: string): Promise<Contents>;
}
