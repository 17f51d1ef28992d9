import { type ComponentHealth, type HealthState, type Reporter } from '@millwright/actor-host';

const EVERY_MS = 1_000;

/** Writes to the log what health says: a line when a part's state changes, with its sentence. */
export class HealthWatch {
  private readonly health: () => readonly ComponentHealth[];
  private readonly report: Reporter;
  private readonly states = new Map<string, HealthState>();
  private timer: NodeJS.Timeout | undefined;

  constructor(health: () => readonly ComponentHealth[], report: Reporter) {
    this.health = health;
    this.report = report;
  }

  start(): void {
    this.timer = setInterval(() => this.look(), EVERY_MS);
  }

  /** Tells each change since the last look; a part first seen well is not worth a line. */
  look(): void {
    for (const { name, state, detail } of this.health()) {
      const before = this.states.get(name) ?? 'up';
      this.states.set(name, state);
      if (state === before) continue;
      const line = `${name} is ${state}: ${detail}`;
      if (state === 'up') this.report.info(line);
      else this.report.warn(line);
    }
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
