import type { AssetId, OperatingState } from '@millwright/events';
import { assign, emit, setup } from 'xstate';
import {
  countParts,
  cycleCompleted,
  initialContext,
  RETIRED_REASON,
  type AssetContext,
  type AssetInput,
  type CycleEmitted,
} from './asset-context.js';
import type { ChildEdge, MachineEvent } from './machine-event.js';

/** What an asset that is the fold of its children knows. */
export interface ParentContext extends AssetContext {
  /** Direct children in the order of the model. */
  readonly children: readonly AssetId[];
  /** What each child last concluded; absent until it has concluded anything. */
  readonly states: Readonly<Record<AssetId, OperatingState>>;
}

/** Why a parent is in a state; `name` is the first child that is in it. */
const REASONS: Readonly<Record<OperatingState, (name: string) => string>> = {
  running: () => 'a part of it is running',
  down: (name) => `${name} is down and nothing runs`,
  maintenance: (name) => `${name} is in maintenance and nothing runs`,
  setup: (name) => `${name} is in setup and nothing runs`,
  blocked: () => 'blocked and nothing runs',
  starved: () => 'starved and nothing runs',
  idle: () => 'nothing runs',
  offline: () => 'nothing of it is heard',
};

export const parentContext = (input: AssetInput): ParentContext => ({
  ...initialContext(input),
  reason: REASONS.offline(''),
  children: input.model.children,
  states: {},
});

const childrenAfter = (context: ParentContext, event: MachineEvent): readonly AssetId[] =>
  event.type === 'model' ? event.model.children : context.children;

/** States of the children after the edge; a child that the model does not have (any more) has none. */
const statesAfter = (context: ParentContext, event: MachineEvent): ParentContext['states'] => {
  const { children, states } = context;
  if (event.type === 'child.state') {
    return children.includes(event.child) ? { ...states, [event.child]: event.state } : states;
  }
  if (event.type !== 'model') return states;
  const kept = event.model.children.filter((child) => Object.hasOwn(states, child));
  return Object.fromEntries(kept.map((child) => [child, states[child]!]));
};

/** The first child, in the order of the model, that is in the state after the edge. */
const firstIn = (context: ParentContext, event: MachineEvent, state: OperatingState): AssetId | undefined => {
  const states = statesAfter(context, event);
  return childrenAfter(context, event).find((child) => Object.hasOwn(states, child) && states[child] === state);
};

const nameOf = (asset: AssetId): string => asset.slice(asset.lastIndexOf('/') + 1);

/** Actions and guards of assets that are the fold of their children. */
export const parentSetup = setup({
  types: {
    context: {} as ParentContext,
    events: {} as MachineEvent,
    input: {} as AssetInput,
    emitted: {} as CycleEmitted,
    tags: {} as OperatingState,
  },
  guards: {
    some: ({ context, event }, { state }: { state: OperatingState }) => firstIn(context, event, state) !== undefined,
    isLastChild: ({ context, event }) => 'child' in event && context.children.at(-1) === event.child,
  },
  actions: {
    fold: assign(({ context, event }, { state }: { state: OperatingState }) => ({
      children: childrenAfter(context, event),
      states: statesAfter(context, event),
      retired: false,
      reason: REASONS[state](nameOf(firstIn(context, event, state) ?? '')),
    })),
    retire: assign({ reason: RETIRED_REASON, retired: true }),
    concludeCycle: emit(({ context, event }) => ({
      type: 'CycleCompleted' as const,
      data: cycleCompleted(context, event as Extract<ChildEdge, { type: 'child.parts' }>),
    })),
    count: assign(({ context, event }) => countParts(context, event as Extract<ChildEdge, { type: 'child.parts' }>)),
  },
});

const becomes = <State extends OperatingState>(state: State) =>
  ({
    guard: { type: 'some', params: { state } },
    target: `.${state}`,
    actions: { type: 'fold', params: { state } },
  }) as const;

/**
 * The state of a parent: the first of this list that one of its children is in. It runs when any part of it runs. When nothing runs, the
 * gravest cause is named: with finite buffers a failed station starves and blocks the others, so `down` goes before those.
 */
export const FIRST_THAT_FITS = [
  becomes('running'),
  becomes('down'),
  becomes('maintenance'),
  becomes('setup'),
  becomes('blocked'),
  becomes('starved'),
  becomes('idle'),
  { target: '.offline', actions: { type: 'fold', params: { state: 'offline' } } },
] as const;

/** One state per operating state, and one for a parent that is gone. */
export const PARENT_STATES = {
  offline: { tags: 'offline' },
  idle: { tags: 'idle' },
  setup: { tags: 'setup' },
  running: { tags: 'running' },
  starved: { tags: 'starved' },
  blocked: { tags: 'blocked' },
  down: { tags: 'down' },
  maintenance: { tags: 'maintenance' },
  retired: { tags: 'offline', on: { 'child.state': {}, 'child.parts': {} } },
} as const;
