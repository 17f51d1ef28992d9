import { OPERATING_STATES, type AssetModel, type OperatingState, type SignalModel } from '@millwright/events';
import { initialTransition, transition, type AnyMachineSnapshot, type AnyStateMachine } from 'xstate';
import type { AssetContext } from './asset-context.js';
import type { MachineEvent } from './machine-event.js';

export const assetModel = (model: Partial<AssetModel> = {}): AssetModel => ({
  asset: 'acme/line/s1',
  name: 'S1',
  kind: 'station',
  type: 'station',
  children: [],
  signals: [],
  staleAfterMs: 30_000,
  ...model,
});

export const zone = (name: string): SignalModel => ({
  name,
  dataType: 'number',
  unit: 'Cel',
  role: 'measurement',
  normalRange: { low: 150, high: 170 },
});

export interface Given {
  readonly state: OperatingState;
  readonly context: AssetContext & Readonly<Record<string, unknown>>;
  /** Conclusions of the last transition. */
  readonly emitted: readonly unknown[];
  /** Delays, in milliseconds, asked for by the last transition. */
  readonly delays: readonly unknown[];
  when(...events: (MachineEvent | { type: string })[]): Given;
}

interface Done {
  readonly type: string;
  readonly params: unknown;
}

const paramsOf = <T>(actions: readonly Done[], type: string): T[] =>
  actions.filter((action) => action.type === type).map(({ params }) => params as T);

const given = (machine: AnyStateMachine, snapshot: AnyMachineSnapshot, actions: readonly Done[]): Given => ({
  state: OPERATING_STATES.filter((state) => snapshot.tags.has(state)).join() as OperatingState,
  context: snapshot.context as Given['context'],
  emitted: paramsOf<{ event: unknown }>(actions, 'xstate.emit').map(({ event }) => event),
  delays: paramsOf<{ delay: unknown }>(actions, 'xstate.raise').map(({ delay }) => delay),
  when: (...events) => {
    let [next, done] = [snapshot, actions];
    for (const event of events) [next, done] = transition(machine, next, event) as [AnyMachineSnapshot, Done[]];
    return given(machine, next, done);
  },
});

/** A machine in its first state. */
export const start = (machine: AnyStateMachine, model = assetModel()): Given => {
  const [snapshot, actions] = initialTransition(machine, { model });
  return given(machine, snapshot as AnyMachineSnapshot, actions);
};

export const reported = (state: OperatingState): MachineEvent => ({ type: `device.${state}`, reason: 'device state' });
export const parts = (result: 'good' | 'scrap', count: number, at: number): MachineEvent => ({
  type: 'parts',
  result,
  parts: count,
  at,
});
