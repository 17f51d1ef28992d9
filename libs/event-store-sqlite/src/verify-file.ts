import type { Position } from '@millwright/event-store';
import { WorkerClient } from '@millwright/sqlite';
import { toEventStoreError } from './map-error.js';
import type { VerifierData, VerifyState } from './messages.js';

export interface VerifyOptions {
  /** A position in the first commit that is looked at; what lies before it is taken as right. Default: the log's beginning. */
  readonly from?: Position;
  readonly onProgress?: (progress: VerifyProgress) => void;
  /** Gives the verification up: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface VerifyProgress {
  readonly events: number;
  /** Everything up to here is as it was written. */
  readonly position: Position;
}

export interface VerifyReport {
  /** Nothing is lost, changed or exchanged. */
  readonly ok: boolean;
  /** Events and commits found right. */
  readonly events: number;
  readonly commits: number;
  /** The last commit found right. Kept elsewhere, its chain shows later whether the log still has all that it had now. */
  readonly head: { readonly position: Position; readonly chain: string } | undefined;
  readonly firstProblem?: { readonly position: Position; readonly stream?: string; readonly sentence: string };
}

const VERIFIER = new URL('../dist/verify.worker.js', import.meta.url);
/** A step reads a few MiB. */
const STEP_DEADLINE_MS = 5 * 60_000;
/** SQLite checks the file's pages at one go. */
const FILE_DEADLINE_MS = 24 * 60 * 60_000;

/**
 * Reads a log from end to end in a thread of its own, and compares it with what its digests say was written. The log may be in use.
 * Damage is reported; rejects with {@link EventStoreError} when the file is not there, is no log, or cannot be opened.
 */
export const verifyFile = async (
  path: string,
  { from, onProgress, signal }: VerifyOptions = {},
): Promise<VerifyReport> => {
  const worker = new WorkerClient(VERIFIER, {
    name: "the log's verifier",
    workerData: { path, from: from === undefined ? undefined : Number(from) } satisfies VerifierData,
  });
  try {
    await worker.ready(STEP_DEADLINE_MS);
    for (;;) {
      signal?.throwIfAborted();
      const state = await worker.call<VerifyState>('step', undefined, STEP_DEADLINE_MS);
      if (state.head) onProgress?.({ events: state.events, position: BigInt(state.head.position) });
      if (state.complete) break;
    }
    return toReport(await worker.call<VerifyState>('finish', undefined, FILE_DEADLINE_MS));
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw toEventStoreError(path, 'verify', error);
  } finally {
    await worker.close();
  }
};

const toReport = ({ events, commits, head, problem }: VerifyState): VerifyReport => ({
  ok: problem === undefined,
  events,
  commits,
  head: head && { position: BigInt(head.position), chain: head.chain },
  ...(problem && {
    firstProblem: {
      position: BigInt(problem.position),
      ...(problem.stream !== undefined && { stream: problem.stream }),
      sentence: problem.sentence,
    },
  }),
});
