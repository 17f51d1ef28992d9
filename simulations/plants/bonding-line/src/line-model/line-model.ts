import { EventQueue } from './event-queue.js';
import type { LineEvent, LineSpec, ModelState } from './line-spec.js';
import { Part } from './part.js';
import { Station } from './station.js';

/** Step of temperatures, levels and noise, milliseconds of model time. */
export const PROCESS_STEP_MS = 1_000;

type Planned =
  | { readonly kind: 'change'; readonly station: number; readonly plan: number }
  | { readonly kind: 'repair'; readonly station: number }
  | { readonly kind: 'process' };

/**
 * A line as a discrete-event model: stations with finite buffers between them, blocking after service, failures and repairs.
 * The first station never lacks material. Deterministic: the same spec gives the same events, however `advanceTo` is called.
 */
export class LineModel {
  readonly stations: readonly Station[];
  /** Model time, milliseconds. */
  time = 0;
  /** Parts that were put on the line so far. */
  loaded = 0;
  /** Parts that left it, good or scrap. */
  left = 0;
  private readonly queue = new EventQueue<Planned>();
  /** Number of the valid plan per station: an older one in the queue is void. */
  private readonly plans: number[];
  private readonly states: ModelState[];
  private emit: (event: LineEvent) => void = () => undefined;

  constructor(spec: LineSpec) {
    this.stations = spec.stations.map((station) => new Station(station, spec.seed));
    this.plans = spec.stations.map(() => 0);
    this.states = spec.stations.map(() => 'starved');
    this.queue.push(0, { kind: 'process' });
  }

  /** Runs to model time `until`, giving each event in order. */
  advanceTo(until: number, emit: (event: LineEvent) => void): void {
    this.emit = emit;
    while (this.queue.nextTime <= until) {
      this.time = this.queue.nextTime;
      this.handle(this.queue.pop()!);
    }
    this.time = Math.max(this.time, until);
  }

  /** Parts on stations and in buffers. */
  get inside(): number {
    return this.stations.reduce((sum, s) => sum + s.holding + s.waiting.length, 0);
  }

  private handle(planned: Planned): void {
    if (planned.kind === 'process') return this.stepProcess();
    const station = this.stations[planned.station]!;
    if (planned.kind === 'repair') station.repaired(this.time);
    else if (planned.plan !== this.plans[planned.station]) return;
    else {
      station.sync(this.time);
      for (const part of station.complete(this.time)) this.partDone(planned.station, part);
      if (station.down) {
        this.queue.push(this.time + station.drawRepair(), { kind: 'repair', station: planned.station });
      }
    }
    this.settle();
  }

  private stepProcess(): void {
    const first = this.time === 0;
    this.stations.forEach((station) => {
      station.sync(this.time);
      station.stepProcess(this.time, first ? 0 : PROCESS_STEP_MS);
    });
    this.queue.push(this.time + PROCESS_STEP_MS, { kind: 'process' });
    if (first) this.settle();
  }

  private partDone(station: number, part: Part): void {
    const result = this.stations[station]!.count(part);
    part.rejected = result === 'scrap';
    this.emit({ kind: 'part', time: this.time, station, part: part.number, result });
  }

  /** Moves parts until none can move, from the last station to the first; then plans what comes next and tells new states. */
  private settle(): void {
    for (let moved = true; moved;) {
      moved = false;
      for (let i = this.stations.length - 1; i >= 0; i--) {
        while (this.release(i)) moved = true;
        while (this.load(i)) moved = true;
      }
    }
    this.stations.forEach((station, i) => {
      this.plan(i);
      if (station.state !== this.states[i]) {
        this.states[i] = station.state;
        this.emit({ kind: 'state', time: this.time, station: i, state: station.state });
      }
    });
  }

  private release(i: number): boolean {
    const station = this.stations[i]!;
    const part = station.finished;
    if (part === undefined) return false;
    const next = this.stations[i + 1];
    if (next === undefined || part.rejected) {
      station.unload();
      this.left += 1;
      return true;
    }
    // Without a buffer the part waits for a place on the next station itself.
    const room = station.spec.buffer > 0 ? station.waiting.length < station.spec.buffer : next.hasPlace;
    if (!room) return false;
    station.waiting.push(station.unload());
    if (station.spec.buffer === 0) this.load(i + 1);
    return true;
  }

  private load(i: number): boolean {
    const station = this.stations[i]!;
    const before = this.stations[i - 1];
    if (!station.hasPlace || before?.waiting.length === 0) return false;
    station.sync(this.time);
    station.load(before ? before.waiting.shift()! : new Part(++this.loaded), this.time);
    return true;
  }

  private plan(i: number): void {
    const station = this.stations[i]!;
    station.sync(this.time);
    const plan = ++this.plans[i]!;
    const time = station.nextChangeAt();
    if (time < Infinity) this.queue.push(Math.max(time, this.time), { kind: 'change', station: i, plan });
  }
}
