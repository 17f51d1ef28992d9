import { EventStoreError, type EventStoreErrorCode } from '@millwright/event-store';
import { NodeSettingsError } from '@millwright/open-log';
import { SettingsError } from '@millwright/process';

/** Whether it is the user's to mend before the next try. */
export const isUsage = (error: unknown): boolean =>
  error instanceof SettingsError || error instanceof NodeSettingsError || error instanceof RangeError;

const ADVICE: Readonly<Partial<Record<EventStoreErrorCode, string>>> = {
  locked: '; or, where that process serves the log (--log-port), give its address: --log esdb://…',
};

/** A sentence for people; a defect keeps its stack. */
export const explain = (error: unknown): string => {
  if (error instanceof EventStoreError) return `${error.message}${ADVICE[error.code] ?? ''} (${error.code})`;
  if (isUsage(error)) return (error as Error).message;
  return `a defect, please report it: ${error instanceof Error ? error.stack : String(error)}`;
};
