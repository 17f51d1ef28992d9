import type { ComponentHealth, Reporter } from '@millwright/actor-host';

/** Failures that no part of the process took as its own: told in its log and in health until the next start. */
export class BackgroundFailures {
  private readonly report: Reporter;
  private count = 0;
  private last = '';

  constructor(report: Reporter) {
    this.report = report;
  }

  add(reason: unknown): void {
    this.count++;
    this.last = reason instanceof Error ? reason.message : String(reason);
    const trace = reason instanceof Error ? reason.stack : this.last;
    this.report.error(`a background failure that nothing handled, please report it: ${trace}`);
  }

  health(): ComponentHealth[] {
    if (this.count === 0) return [];
    const detail = `${this.count} unhandled since the start, the last: ${this.last}; see the log of this process`;
    return [{ name: 'background failures', state: 'degraded', detail }];
  }
}
