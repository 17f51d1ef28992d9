import type { AlarmLimits, SampleValue, SignalModel, StatusCode } from '@millwright/events';
import type { EdgeRule } from '@millwright/plant-model';

/** The stated rules by which a sample may be kept out of the log; `duplicate`: sent again after a crash, and the log has it. */
export type FilterRule = 'min-interval' | 'deadband' | 'duplicate';

/**
 * Decides for one signal what need not be stored. Time is the sample's own (the device's, else that of receipt). Always stored: the first
 * sample, a change of quality, a sample older than the last stored one (history being filled), an inspection result, a changed
 * operating state or counter, and a number that passes an alarm limit or the point where its alarm clears. After `heartbeat` even an
 * unchanged value is stored.
 */
export class EdgeFilter {
  private readonly active: boolean;
  private readonly everySample: boolean;
  private readonly everyChange: boolean;
  private readonly minIntervalMs: number;
  private readonly deadband: number;
  private readonly heartbeatMs: number;
  private readonly thresholds: readonly number[];
  private lastValue: SampleValue | undefined;
  private lastStatus: StatusCode = 0;
  private lastTime = 0;

  constructor(signal: Pick<SignalModel, 'role' | 'alarms'>, rule: EdgeRule) {
    this.minIntervalMs = rule.minIntervalMs ?? 0;
    this.deadband = rule.deadband ?? 0;
    this.heartbeatMs = rule.heartbeatMs ?? Number.POSITIVE_INFINITY;
    this.active = this.minIntervalMs > 0 || this.deadband > 0;
    this.everySample = signal.role === 'part-result';
    this.everyChange = signal.role !== 'measurement';
    this.thresholds = alarmThresholds(signal.alarms);
  }

  /** The last value that was let through. */
  get last(): SampleValue | undefined {
    return this.lastValue;
  }

  /** The rule that keeps the sample out, or undefined when it is to be stored; it then is the one that the next are measured against. */
  judge(value: SampleValue, status: StatusCode, time: number): FilterRule | undefined {
    const rule =
      this.active && this.lastValue !== undefined ? this.ruleFor(value, this.lastValue, status, time) : undefined;
    if (rule === undefined && (time >= this.lastTime || this.lastValue === undefined)) {
      this.lastValue = value;
      this.lastStatus = status;
      this.lastTime = time;
    }
    return rule;
  }

  private ruleFor(value: SampleValue, last: SampleValue, status: StatusCode, time: number): FilterRule | undefined {
    const elapsed = time - this.lastTime;
    if (this.everySample || status !== this.lastStatus || elapsed < 0 || elapsed >= this.heartbeatMs) return undefined;
    if (this.everyChange && value !== last) return undefined;
    if (this.thresholds.length > 0 && this.zone(value) !== this.zone(last)) return undefined;
    if (elapsed < this.minIntervalMs) return 'min-interval';
    if (typeof value === 'number' && typeof last === 'number' && Math.abs(value - last) < this.deadband)
      return 'deadband';
    return undefined;
  }

  /** Which thresholds the value is at or beyond; being exactly at one counts as a zone of its own, whichever way the alarm compares. */
  private zone(value: SampleValue): number {
    if (typeof value !== 'number') return 0;
    let zone = 0;
    for (const threshold of this.thresholds) zone += (value > threshold ? 1 : 0) + (value >= threshold ? 1 : 0);
    return zone;
  }
}

/** The values at which an alarm is raised, and those at which it clears. */
const alarmThresholds = (alarms: AlarmLimits | undefined): readonly number[] => {
  if (!alarms) return [];
  const deadband = alarms.deadband ?? 0;
  const lows = [alarms.lowLow, alarms.low].filter((limit) => limit !== undefined);
  const highs = [alarms.high, alarms.highHigh].filter((limit) => limit !== undefined);
  return [
    ...new Set([
      ...lows,
      ...highs,
      ...lows.map((limit) => limit + deadband),
      ...highs.map((limit) => limit - deadband),
    ]),
  ];
};
