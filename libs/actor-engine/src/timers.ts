import { SILENCE } from '@millwright/asset-machines';
import type { ActorRecord, LogicalTimer } from './actor-record.js';

/** The last instant that a Date can hold; the deadline of a timer that never fires. */
export const FOREVER = 8_640_000_000_000_000;

/** The timer that fires first: the earliest deadline, and of equal ones the one set first. */
export const nextTimer = (timers: readonly LogicalTimer[]): LogicalTimer | undefined => {
  let first: LogicalTimer | undefined;
  for (const timer of timers) {
    if (timer.deadline >= FOREVER) continue;
    if (
      !first ||
      timer.deadline < first.deadline ||
      (timer.deadline === first.deadline && timer.sequence < first.sequence)
    ) {
      first = timer;
    }
  }
  return first;
};

/** Logical time at which the actor changes though nothing happens, epoch milliseconds; undefined when it waits for events only. */
export const nextDeadline = (record: ActorRecord): number | undefined => nextTimer(record.timers)?.deadline;

const SILENCE_PREFIX = `xstate.after.${SILENCE}.`;

/** Whether it runs while nothing is heard of the asset, and so starts again with each sample. */
export const isSilenceTimer = ({ id }: LogicalTimer): boolean => id.startsWith(SILENCE_PREFIX);
