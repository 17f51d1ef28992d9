import type { Setting, SettingText } from '@millwright/process';

/** Exit codes. `usage`: for the user to mend before the next try. `damaged`: what was verified is not as it was written. */
export const EXIT = { done: 0, failed: 1, usage: 2, damaged: 3 } as const;

/** One thing that `millwright` does. */
export interface Command {
  /** As it is typed: `log verify`. */
  readonly name: string;
  /** A line for `--help`. */
  readonly summary: string;
  readonly settings: readonly Setting[];
  /** Gives the exit code, or undefined for a process that goes on. Throws what `explain` has a sentence for. */
  run(the: (flag: string) => SettingText): Promise<number | undefined>;
}

/** Where the log is, for every command. */
export const LOG: Setting = {
  flag: 'log',
  env: 'MILLWRIGHT_LOG',
  value: 'sqlite:./data/log.db',
  help: 'the log: sqlite:<path> (embedded) or esdb://… (EventStoreDB, or millwright log)',
};

export const STREAM: Setting = {
  flag: 'stream',
  kind: 'operand',
  help: 'name of the stream, e.g. asset-acme/hamburg/assembly/bonding-line/s1',
};

/** Longest wait for the log: somebody sits before the screen. */
export const DEADLINE_MS = 5_000;
