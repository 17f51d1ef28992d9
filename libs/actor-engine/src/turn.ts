import type { AssetContext, MachineEvent } from '@millwright/asset-machines';
import { alarmName, type AlarmChange } from '@millwright/alarms';
import { qualityKind, type AssetModel, type OperatingState, type Sample } from '@millwright/events';
import type { AnyMachineSnapshot } from 'xstate';
import { SCHEMA_VERSION, type ActorRecord, type Emitted, type InputMemory, type LogicalTimer } from './actor-record.js';
import {
  operatingStateOf,
  snapshotOf,
  startMachine,
  stateOf,
  transition,
  runtimeOf,
  type MachineRuntime,
  type Transition,
} from './machine-runtime.js';
import { own } from './own.js';
import { FOREVER, isSilenceTimer, nextTimer } from './timers.js';

/**
 * One step under way: starts from a record, never touches it, and ends in a new one. What did not change stays the same object.
 */
export class Turn {
  /** Logical time; never below the record's clock. Epoch milliseconds. */
  now: number;
  model: AssetModel;
  signals: ActorRecord['signals'];
  alarms: ActorRecord['alarms'];
  inputs: InputMemory;
  readonly emitted: Emitted[] = [];
  private readonly before: ActorRecord | undefined;
  private runtime: MachineRuntime;
  private snapshot: AnyMachineSnapshot;
  private operating: OperatingState;
  private timers: readonly LogicalTimer[];
  private sequence: number;

  private constructor(before: ActorRecord | undefined, now: number, model: AssetModel, snapshot: AnyMachineSnapshot) {
    this.before = before;
    this.now = now;
    this.model = model;
    this.signals = before?.signals ?? {};
    this.alarms = before?.alarms ?? {};
    this.inputs = before?.inputs ?? { counters: {}, ranges: {} };
    this.timers = before?.timers ?? [];
    this.sequence = before?.sequence ?? 0;
    this.runtime = runtimeOf(model.type);
    this.snapshot = snapshot;
    this.operating = operatingStateOf(snapshot);
  }

  static from(record: ActorRecord): Turn {
    return new Turn(record, record.clock, record.model, snapshotOf(runtimeOf(record.machine), record.state));
  }

  /** The first turn of an actor; its first conclusion says in which state it begins (from = to). */
  static begin(model: AssetModel, now: number): Turn {
    const started = startMachine(runtimeOf(model.type), { model });
    const turn = new Turn(undefined, now, model, started.snapshot);
    turn.perform(started);
    turn.concludeState(turn.operating);
    return turn;
  }

  get context(): AssetContext {
    return this.snapshot.context as AssetContext;
  }

  get operatingState(): OperatingState {
    return this.operating;
  }

  get wantsRanges(): boolean {
    return this.runtime.wantsRanges;
  }

  /** Fires every timer due by `time`, in order, each at its deadline; then it is `time`, unless that lies in the past. */
  advance(time: number): void {
    for (let due = nextTimer(this.timers); due && due.deadline <= time; due = nextTimer(this.timers)) {
      const { id, eventType, deadline } = due;
      this.timers = this.timers.filter((timer) => timer.id !== id);
      this.now = Math.max(this.now, deadline);
      this.follow(transition(this.runtime, this.snapshot, { type: eventType }));
    }
    this.now = Math.max(this.now, time);
  }

  /** Tells the machine an edge, and takes its conclusions. */
  send(event: MachineEvent): void {
    this.follow(transition(this.runtime, this.snapshot, event));
  }

  /** Another asset type drives the asset from now on; the totals stay. */
  restart(model: AssetModel): void {
    const { good, scrap, completedAt } = this.context;
    const totals = { good, scrap, ...(completedAt !== undefined && { completedAt }) };
    this.model = model;
    this.runtime = runtimeOf(model.type);
    this.timers = [];
    this.follow(startMachine(this.runtime, { model, totals }));
  }

  /** The asset was heard: what waits for its silence waits anew. */
  restartSilence(): void {
    const deadline = this.deadlineAfter(this.model.staleAfterMs ?? FOREVER);
    if (!this.timers.some((timer) => isSilenceTimer(timer) && timer.deadline !== deadline)) return;
    this.timers = this.timers.map((timer) =>
      isSilenceTimer(timer) ? { ...timer, deadline, sequence: this.sequence++ } : timer,
    );
  }

  concludeAlarm(signal: string, { level, ...change }: AlarmChange, by?: { by: string; note?: string }): void {
    this.emitted.push({
      type: 'AlarmStateChanged',
      data: { alarm: alarmName(signal, level), signal, level, ...change, ...by },
      time: this.now,
    });
  }

  /** The record after the turn. */
  end(): ActorRecord {
    const { before, snapshot } = this;
    const unchanged = before && snapshotOf(this.runtime, before.state) === snapshot;
    return {
      asset: before?.asset ?? this.model.asset,
      model: this.model,
      machine: this.model.type,
      definitionHash: this.runtime.definitionHash,
      schemaVersion: SCHEMA_VERSION,
      state: unchanged ? before.state : stateOf(snapshot),
      signals: this.signals,
      alarms: this.alarms,
      inputs: this.inputs,
      timers: this.timers,
      clock: this.now,
      sequence: this.sequence,
      events: (before?.events ?? 0) + 1,
    };
  }

  private follow(next: Transition): void {
    const before = this.operating;
    const reason = this.context.reason;
    this.snapshot = next.snapshot;
    this.perform(next);
    this.operating = operatingStateOf(next.snapshot);
    if (this.operating !== before || this.context.reason !== reason) this.concludeState(before);
  }

  private perform({ effects }: Transition): void {
    for (const effect of effects) {
      if (effect.kind === 'emit') this.emitted.push({ ...effect.emitted, time: this.now });
      else {
        const others = this.timers.filter(({ id }) => id !== effect.id);
        this.timers = effect.kind === 'cancel' ? others : [...others, this.timer(effect)];
      }
    }
  }

  private timer({ id, eventType, delayMs }: { id: string; eventType: string; delayMs: number }): LogicalTimer {
    return { id, eventType, deadline: this.deadlineAfter(delayMs), sequence: this.sequence++ };
  }

  private deadlineAfter(delayMs: number): number {
    return Math.min(this.now + delayMs, FOREVER);
  }

  private concludeState(from: OperatingState): void {
    const data = { from, to: this.operating, reason: this.context.reason };
    this.emitted.push({ type: 'OperatingStateChanged', data, time: this.now });
  }
}

/** Latest sample of a signal, unless it is of bad quality or there is none. */
export const trustedSample = (turn: Turn, signal: string): Sample | undefined => {
  const sample = own(turn.signals, signal);
  return sample && qualityKind(sample.status) !== 'bad' ? sample : undefined;
};
