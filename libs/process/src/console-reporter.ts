import type { Reporter } from '@millwright/actor-host';

const line = (level: string, message: string): string => `${new Date().toISOString()} ${level} ${message}`;

/** The process's log on stdout and stderr, a line a message. */
export const consoleReporter: Reporter = {
  info: (message) => console.log(line('info ', message)),
  warn: (message) => console.warn(line('warn ', message)),
  error: (message) => console.error(line('error', message)),
};
