import { assetType, type CycleEmitted, type MachineEvent } from '@millwright/asset-machines';
import { canonicalHash, OPERATING_STATES, type AssetModel, type OperatingState } from '@millwright/events';
import { createEmptyActor, type AnyActorScope, type AnyMachineSnapshot, type AnyStateMachine } from 'xstate';
import type { MachineState } from './actor-record.js';

/** Raised whenever the reducers around the machines conclude anything else from the same events. */
const ENGINE_VERSION = 1;

/** What a transition wants done, as data. */
export type Effect =
  | { readonly kind: 'timer'; readonly id: string; readonly eventType: string; readonly delayMs: number }
  | { readonly kind: 'cancel'; readonly id: string }
  | { readonly kind: 'emit'; readonly emitted: CycleEmitted };

/** A machine, ready to be stepped. */
export interface MachineRuntime {
  readonly machine: AnyStateMachine;
  readonly definitionHash: string;
  /** Whether the machine reacts to signals coming to another side of their normal range. */
  readonly wantsRanges: boolean;
}

const runtimes = new Map<string, MachineRuntime>();

/** The machine of an asset type. Throws for an unknown type. */
export const runtimeOf = (type: string): MachineRuntime => {
  const known = runtimes.get(type);
  if (known) return known;
  const { machine } = assetType(type);
  const runtime: MachineRuntime = {
    machine,
    definitionHash: canonicalHash({
      definition: JSON.parse(JSON.stringify(machine.definition)),
      engine: ENGINE_VERSION,
    }),
    wantsRanges: machine.events.includes('range.within'),
  };
  runtimes.set(type, runtime);
  return runtime;
};

/** Effects of the transition under way; a step is synchronous, so one list serves all. */
let effects: Effect[] = [];

interface ActionParams {
  readonly id?: string;
  readonly sendId?: string;
  readonly delay?: number;
  readonly event: { readonly type: string };
}

/** Takes an action of XState as an effect. */
const note = (type: string, params: ActionParams): void => {
  switch (type) {
    case 'xstate.cancel':
      effects.push({ kind: 'cancel', id: params.sendId! });
      return;
    case 'xstate.emit':
      effects.push({ kind: 'emit', emitted: params.event as CycleEmitted });
      return;
    case 'xstate.raise':
      // Without delay XState has handled it within the same transition.
      if (params.delay !== undefined) {
        effects.push({ kind: 'timer', id: params.id!, eventType: params.event.type, delayMs: params.delay });
      }
      return;
    default:
      throw new Error(`the action "${type}" is not known to the engine; machines may assign, emit and wait`);
  }
};

/** XState asks for an actor's scope. One, made once, serves every transition: building one per call is five times slower. */
const scope: AnyActorScope = (() => {
  const self = createEmptyActor();
  const nothing = (): void => {};
  return {
    self,
    id: 'actor-engine',
    sessionId: self.sessionId,
    system: self.system,
    logger: nothing,
    defer: nothing,
    emit: nothing,
    stopChild: nothing,
    actionExecutor: ({ type, params }) => note(type, params as unknown as ActionParams),
  };
})();

export interface Transition {
  readonly snapshot: AnyMachineSnapshot;
  readonly effects: readonly Effect[];
}

const collect = (run: () => AnyMachineSnapshot): Transition => {
  effects = [];
  const snapshot = run();
  if (snapshot.status === 'error') throw snapshot.error;
  return { snapshot, effects };
};

export const startMachine = ({ machine }: MachineRuntime, input: { model: AssetModel; totals?: object }): Transition =>
  collect(() => machine.getInitialSnapshot(scope, input) as AnyMachineSnapshot);

export const transition = (
  { machine }: MachineRuntime,
  snapshot: AnyMachineSnapshot,
  event: MachineEvent | { readonly type: string },
): Transition => collect(() => machine.transition(snapshot, event, scope) as AnyMachineSnapshot);

const snapshots = new WeakMap<MachineState, AnyMachineSnapshot>();

/** XState's snapshot of a state; kept beside the state, since rebuilding it costs as much as a transition. */
export const snapshotOf = ({ machine }: MachineRuntime, state: MachineState): AnyMachineSnapshot => {
  const known = snapshots.get(state);
  if (known) return known;
  const snapshot = machine.resolveState({ value: state.value as string, context: state.context }) as AnyMachineSnapshot;
  snapshots.set(state, snapshot);
  return snapshot;
};

/** The plain data of a snapshot. */
export const stateOf = (snapshot: AnyMachineSnapshot): MachineState => {
  const state: MachineState = { value: snapshot.value, context: snapshot.context };
  snapshots.set(state, snapshot);
  return state;
};

/** The operating state that a snapshot's state node is tagged with. */
export const operatingStateOf = ({ tags, machine }: AnyMachineSnapshot): OperatingState => {
  for (const state of OPERATING_STATES) if (tags.has(state)) return state;
  throw new Error(`a state of the machine "${machine.id}" has no operating state among its tags`);
};
