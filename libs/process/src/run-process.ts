import type { Reporter } from '@millwright/actor-host';
import { BackgroundFailures } from './background-failures.js';

/** Exit codes: 2 for what the user can mend before the start (settings, plant files), 1 for what failed while starting or running. */
export const endWith = (code: 1 | 2, message: string): never => {
  console.error(message);
  process.exit(code);
};

/** What `read` makes of the user's input. An error of one of the kinds ends the process with exit code 2 and its sentence. */
export const orEnd = async <T>(
  read: () => T | Promise<T>,
  ...kinds: readonly (abstract new (...args: never[]) => Error)[]
): Promise<T> => {
  try {
    return await read();
  } catch (error) {
    if (kinds.some((kind) => error instanceof kind)) return endWith(2, (error as Error).message);
    throw error;
  }
};

export interface ProcessOptions<Running> {
  /** What the process is, in its log: `server`, `gateway`. */
  readonly name: string;
  readonly report: Reporter;
  readonly start: (failures: BackgroundFailures) => Promise<Running>;
  /** A sentence for people: why it could not start, and what to do. */
  readonly explain: (error: unknown) => string;
}

/** Starts it, and closes it in order at SIGINT, SIGTERM or a defect that nothing caught. */
export const runProcess = async <Running extends { close(): Promise<void> }>({
  name,
  report,
  start,
  explain,
}: ProcessOptions<Running>): Promise<Running> => {
  const failures = new BackgroundFailures(report);
  let running: Running | undefined;
  let ending = false;
  const end = async (code: number): Promise<void> => {
    if (ending) return;
    ending = true;
    await running?.close();
    process.exit(code);
  };
  process.on('SIGINT', () => void end(0));
  process.on('SIGTERM', () => void end(0));
  process.on('uncaughtException', (error) => {
    report.error(`a defect, please report it; the ${name} ends and can be started again: ${error.stack}`);
    void end(1);
  });
  process.on('unhandledRejection', (reason) => failures.add(reason));
  try {
    return (running = await start(failures));
  } catch (error) {
    return endWith(1, explain(error));
  }
};
