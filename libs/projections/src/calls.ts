import type { WorkerClient } from '@millwright/sqlite';

/** The calls to a worker; a spec may answer them without a thread. */
export type Calls = Pick<WorkerClient, 'call' | 'close'>;
