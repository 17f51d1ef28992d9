import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Position } from '@millwright/event-store';
import { copyLog } from './backup-copy.js';
import { intoPlace } from './backup-place.js';

export interface BackupResult {
  readonly path: string;
  /** The log up to here is in the copy; undefined for an empty log. */
  readonly position: Position | undefined;
  readonly events: number;
  readonly bytes: number;
  readonly tookMs: number;
}

/**
 * Copies a log to a new file, whole up to one position, also while a process writes it: appends go on, and only the WAL grows until the copy
 * is done. The copy is compared with its digests, and durable, before it bears its name. Rejects when the target is there already
 * (`unavailable`), has no room (`disk-full`), or is being written by another backup (`locked`), and with `corrupt` when the log is not whole.
 */
export const backupLog = async (from: string, to: string): Promise<BackupResult> => {
  const begun = performance.now();
  const path = resolve(to);
  const action = `back up ${from}`;
  const { made } = await intoPlace(path, action, (part) => copyLog(from, part, action));
  return {
    path,
    position: made.position === undefined ? undefined : BigInt(made.position),
    events: made.events,
    bytes: (await stat(path)).size,
    tookMs: performance.now() - begun,
  };
};
