import type { Reporter } from '@millwright/actor-host';

interface Step {
  readonly name: string;
  readonly end: () => Promise<unknown>;
}

/** Most that one part may take to end; what then still runs is left to the process's end. */
const STEP_DEADLINE_MS = 15_000;

/** What has been started, ended in the opposite order; a part that fails or hangs is told and passed over. */
export class Shutdown {
  private readonly report: Reporter;
  private readonly steps: Step[] = [];
  private running: Promise<void> | undefined;

  constructor(report: Reporter) {
    this.report = report;
  }

  add(name: string, end: () => Promise<unknown>): void {
    this.steps.push({ name, end });
  }

  run(): Promise<void> {
    return (this.running ??= this.endAll());
  }

  private async endAll(): Promise<void> {
    for (let step = this.steps.pop(); step; step = this.steps.pop()) {
      try {
        await within(step.end(), STEP_DEADLINE_MS);
      } catch (error) {
        this.report.error(`ending the ${step.name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
}

const within = async (work: Promise<unknown>, deadlineMs: number): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it had not ended after ${deadlineMs} ms`)), deadlineMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};
