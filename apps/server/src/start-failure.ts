import { EventStoreError } from '@millwright/event-store';
import { NodeSettingsError, shownLog } from '@millwright/open-log';
import { listenFailure, SettingsError } from '@millwright/process';
import type { Settings } from './settings.js';

/** A sentence for people: why the server could not start, and what to do. */
export const startFailure = (error: unknown, { port, host, data, log }: Settings): string => {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const message = error instanceof Error ? error.message : String(error);
  const listening = listenFailure(error, { host, port, flag: 'port', env: 'MILLWRIGHT_PORT' });
  if (listening !== undefined) return listening;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR' || code === 'EEXIST') {
    return `cannot use the data folder "${data}" or port ${port}: ${message}; choose others with --data and --port`;
  }
  if (error instanceof EventStoreError) return `the log ${shownLog(log)} cannot be opened (${error.code}): ${message}`;
  if (error instanceof NodeSettingsError || error instanceof SettingsError) return message;
  return `the server could not start: ${error instanceof Error ? error.stack : message}`;
};
