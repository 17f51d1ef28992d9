import type { Disturbance, SignalSimulation } from '@millwright/plant-model';
import type { Random } from './random.js';

/** What a signal may look at. */
export interface SignalContext {
  readonly running: boolean;
  readonly output: (name: 'belt-speed' | 'part-temperature' | 'bond-strength', nominal: number) => number | undefined;
}

/** One simulated value, in the signal's unit. Moves with time and with parts; never by being read. */
export interface SimulatedSignal {
  readonly value: number;
  /** `dtMs` since the last step; `now` is model time. */
  step(now: number, dtMs: number, context: SignalContext): void;
  partDone(context: SignalContext): void;
}

export const simulatedSignal = (simulation: SignalSimulation, random: Random): SimulatedSignal => {
  if ('setpoint' in simulation) return new Lagged(simulation, random);
  if ('perPart' in simulation) return new Level(simulation);
  if ('output' in simulation) return new Output(simulation, random);
  return new Noise(simulation, random);
};

type Form<Key extends string> = Extract<SignalSimulation, Record<Key, unknown>>;

class Noise implements SimulatedSignal {
  value: number;
  private readonly simulation: Form<'mean'>;
  private readonly random: Random;
  private readonly shift: Shift;

  constructor(simulation: Form<'mean'>, random: Random) {
    this.simulation = simulation;
    this.random = random;
    this.shift = new Shift(simulation.disturbance, random);
    this.value = simulation.per === 'part' ? simulation.mean : (simulation.idle ?? simulation.mean);
  }

  step(now: number, _dtMs: number, { running }: SignalContext): void {
    const { per, idle } = this.simulation;
    this.shift.step(now);
    if (per === 'time') this.value = running || idle === undefined ? this.draw() : idle;
  }

  partDone(): void {
    if (this.simulation.per === 'part') this.value = this.draw();
  }

  private draw(): number {
    return this.simulation.mean + this.shift.by + this.simulation.sd * this.random.normal();
  }
}

/** First-order lag with noise of the given standard deviation (an Ornstein–Uhlenbeck process, stepped exactly). */
class Lagged implements SimulatedSignal {
  value: number;
  private readonly simulation: Form<'setpoint'>;
  private readonly random: Random;
  private readonly shift: Shift;

  constructor(simulation: Form<'setpoint'>, random: Random) {
    this.simulation = simulation;
    this.random = random;
    this.shift = new Shift(simulation.disturbance, random);
    this.value = simulation.setpoint;
  }

  step(now: number, dtMs: number): void {
    const { setpoint, lag, sd } = this.simulation;
    this.shift.step(now);
    const target = setpoint + this.shift.by;
    const kept = Math.exp(-dtMs / lag);
    this.value = target + (this.value - target) * kept + sd * Math.sqrt(1 - kept ** 2) * this.random.normal();
  }

  partDone(): void {}
}

class Level implements SimulatedSignal {
  value: number;
  private readonly simulation: Form<'perPart'>;

  constructor(simulation: Form<'perPart'>) {
    this.simulation = simulation;
    this.value = simulation.start ?? simulation.full;
  }

  step(): void {}

  partDone(): void {
    this.value -= this.simulation.perPart;
    if (this.value < this.simulation.refillAt) this.value = this.simulation.full;
  }
}

/** A result of the process model, measured with noise. Holds its last value while the process gives none. */
class Output implements SimulatedSignal {
  value: number;
  private readonly simulation: Form<'output'>;
  private readonly random: Random;

  constructor(simulation: Form<'output'>, random: Random) {
    this.simulation = simulation;
    this.random = random;
    this.value = simulation.nominal ?? 0;
  }

  step(_now: number, _dtMs: number, context: SignalContext): void {
    if (this.simulation.output !== 'bond-strength') this.measure(context);
  }

  partDone(context: SignalContext): void {
    if (this.simulation.output === 'bond-strength') this.measure(context);
  }

  private measure(context: SignalContext): void {
    const { output, nominal, sd } = this.simulation;
    const exact = context.output(output, nominal ?? 1);
    if (exact === undefined) return;
    this.value = exact === 0 ? 0 : Math.max(0, exact + sd * this.random.normal());
  }
}

/** How far a disturbance moves a signal's target just now. */
class Shift {
  by = 0;
  private readonly disturbance: Disturbance | undefined;
  private readonly random: Random;
  private until: number;

  constructor(disturbance: Disturbance | undefined, random: Random) {
    this.disturbance = disturbance;
    this.random = random;
    this.until = disturbance ? random.exponential(disturbance.every) : Infinity;
  }

  step(now: number): void {
    if (this.disturbance === undefined) return;
    while (now >= this.until) {
      this.until += this.by === 0 ? this.disturbance.lasts : this.random.exponential(this.disturbance.every);
      this.by = this.by === 0 ? this.disturbance.by : 0;
    }
  }
}
