import type { Setting, SettingText } from '@millwright/process';

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

/** Longest wait for the log: somebody sits before the screen. */
export const DEADLINE_MS = 5_000;

/** The word for "nothing said" in settings that need not be given. */
export const NOT_GIVEN = '-';

export const given = (text: SettingText): string | undefined => {
  const value = text.text();
  return value === NOT_GIVEN ? undefined : value;
};
