import { heat, strengthShare } from './cure.js';
import type { ModelState, StationSpec } from './line-spec.js';
import type { Part } from './part.js';
import { Random } from './random.js';
import { simulatedSignal, type SignalContext, type SimulatedSignal } from './signals.js';

interface InProcess {
  readonly part: Part;
  /** On the station's own clock of running time. */
  readonly startedAt: number;
  readonly endsAt: number;
  heatedUntil: number;
  done: boolean;
}

/** Strength that a spoiled part has left, whatever its cure. */
const SPOILED_SHARE = 0.5;

/**
 * One station: parts in process (first in, first out), the buffer behind it, its failures, its signals.
 * Works on a clock of running time that stands still while the station is down or has nothing to work on, so that a failure interrupts work
 * and work goes on where it stopped (preempt-resume).
 */
export class Station {
  readonly spec: StationSpec;
  readonly signals: ReadonlyMap<string, SimulatedSignal>;
  readonly waiting: Part[] = [];
  down = false;
  good = 0;
  scrap = 0;
  private readonly inProcess: InProcess[] = [];
  private readonly work: Random;
  private readonly failures: Random;
  private clock = 0;
  private clockSetAt = 0;
  private failsAt: number;
  private readonly zones: readonly SimulatedSignal[];
  private inspected: Part | undefined;
  private exitTemperatureCel: number | undefined;

  constructor(spec: StationSpec, seed: number) {
    this.spec = spec;
    this.work = new Random(seed, `${spec.name}/work`);
    this.failures = new Random(seed, `${spec.name}/failures`);
    this.failsAt = this.drawFailure();
    this.signals = new Map(
      spec.signals.map(({ name, simulation }) => [
        name,
        simulatedSignal(simulation, new Random(seed, `${spec.name}/${name}`)),
      ]),
    );
    this.zones = spec.cures
      ? spec.signals.filter((s) => 'setpoint' in s.simulation).map((s) => this.signals.get(s.name)!)
      : [];
  }

  get state(): ModelState {
    if (this.down) return 'down';
    if (this.inProcess.length === 0) return 'starved';
    return this.working ? 'running' : 'blocked';
  }

  /** Parts on the station, done or not. */
  get holding(): number {
    return this.inProcess.length;
  }

  get hasPlace(): boolean {
    return !this.down && this.inProcess.length < this.spec.parallel;
  }

  /** The first part, when its work is done and it only waits to leave. */
  get finished(): Part | undefined {
    const head = this.inProcess[0];
    return head?.done ? head.part : undefined;
  }

  private get working(): boolean {
    return !this.down && this.inProcess.some((p) => !p.done);
  }

  /** Model time of the next completion or failure; Infinity while the clock stands. */
  nextChangeAt(): number {
    return this.working ? this.clockSetAt + this.nextClockChange() - this.clock : Infinity;
  }

  /** Brings the clock to `now`, and never past the next change. */
  sync(now: number): void {
    // At the change take its own clock time: a sum of differences may fall short of it by a rounding error, for ever.
    if (now >= this.nextChangeAt()) this.clock = this.nextClockChange();
    else if (this.working) this.clock += now - this.clockSetAt;
    this.clockSetAt = now;
  }

  /** What the clock has reached: returns the parts whose work ended, and notices a failure. */
  complete(now: number): Part[] {
    const ended = this.inProcess.filter((p) => !p.done && p.endsAt <= this.clock);
    for (const p of ended) {
      this.heatPart(p, now);
      p.done = true;
    }
    if (this.clock >= this.failsAt) this.down = true;
    return ended.map((p) => p.part);
  }

  load(part: Part, now: number): void {
    const { mean, sd } = this.spec.cycleTime;
    const duration = sd ? this.work.lognormal(mean, sd) : mean;
    // On a belt nobody overtakes.
    const endsAt = Math.max(this.clock + duration, this.inProcess.at(-1)?.endsAt ?? 0);
    if (this.work.uniform() < this.spec.scrapRate) part.spoiled = true;
    this.inProcess.push({ part, startedAt: this.clock, endsAt, heatedUntil: now, done: false });
  }

  unload(): Part {
    return this.inProcess.shift()!.part;
  }

  /** Time that the repair takes. */
  drawRepair(): number {
    return this.failures.exponential(this.spec.meanTimeToRepair ?? 0);
  }

  repaired(now: number): void {
    this.down = false;
    this.clockSetAt = now;
    this.failsAt = this.drawFailure();
  }

  /** Counts the part and says how it is: an inspecting station finds the bad ones. */
  count(part: Part): 'good' | 'scrap' {
    this.inspected = part;
    for (const signal of this.signals.values()) signal.partDone(this.context);
    const result = this.spec.inspects && !this.passes(part) ? 'scrap' : 'good';
    this[result] += 1;
    return result;
  }

  stepProcess(now: number, dtMs: number): void {
    for (const signal of this.signals.values()) signal.step(now, dtMs, this.context);
    for (const p of this.inProcess) this.heatPart(p, now);
  }

  private passes(part: Part): boolean {
    if (part.spoiled) return false;
    return this.spec.signals.every(({ name, quality }) => {
      const { value } = this.signals.get(name)!;
      return quality === undefined || (value >= (quality.lower ?? -Infinity) && value <= (quality.upper ?? Infinity));
    });
  }

  /** A part is in the zone that its progress through the oven says. */
  private heatPart(p: InProcess, now: number): void {
    if (this.zones.length === 0) return;
    const progress = (this.clock - p.startedAt) / (p.endsAt - p.startedAt);
    const zone = this.zones[Math.min(this.zones.length - 1, Math.floor(progress * this.zones.length))]!;
    p.part.thermal = heat(p.part.thermal, zone.value, (now - p.heatedUntil) / 1_000);
    p.part.heated = true;
    p.heatedUntil = now;
    if (p === this.inProcess[0]) this.exitTemperatureCel = p.part.thermal.temperatureCel;
  }

  private nextClockChange(): number {
    return Math.min(this.inProcess.find((p) => !p.done)?.endsAt ?? Infinity, this.failsAt);
  }

  private drawFailure(): number {
    const { meanTimeToFailure } = this.spec;
    return meanTimeToFailure === undefined ? Infinity : this.clock + this.failures.exponential(meanTimeToFailure);
  }

  private readonly context: SignalContext = ((station: Station): SignalContext => ({
    get running() {
      return station.state === 'running';
    },
    output: (name, nominal) => station.output(name, nominal),
  }))(this);

  private output(name: 'belt-speed' | 'part-temperature' | 'bond-strength', nominal: number): number | undefined {
    switch (name) {
      case 'belt-speed':
        return this.down || this.state === 'blocked' ? 0 : nominal;
      case 'part-temperature':
        return this.exitTemperatureCel;
      case 'bond-strength':
        return this.inspected && nominal * bondShare(this.inspected);
    }
  }
}

const bondShare = (part: Part): number =>
  (part.heated ? strengthShare(part.thermal.cure) : 1) * (part.spoiled ? SPOILED_SHARE : 1);
