import type { OperatingState } from '@millwright/events';
import { assign, emit, setup } from 'xstate';
import {
  countParts,
  cycleCompleted,
  initialContext,
  MODEL_REASON,
  RETIRED_REASON,
  type AssetContext,
  type AssetInput,
  type CycleEmitted,
} from './asset-context.js';
import type { MachineEvent, ModelEdge, PartsEdge } from './machine-event.js';
import { NEVER_MS, spanText } from './silence.js';

/** What a station, and every asset type that is a station and more, knows. */
export interface StationContext extends AssetContext {
  /** Silence after which it counts as offline, milliseconds; null: never. */
  readonly staleAfterMs: number | null;
}

export const stationContext = (input: AssetInput): StationContext => ({
  ...initialContext(input),
  staleAfterMs: input.model.staleAfterMs ?? null,
});

/** Why the station is in the state that the edge leads to. Only the silence timer's event is none of the edges. */
const reasonOf = (context: StationContext, event: MachineEvent): string => {
  switch (event.type) {
    case 'link.lost':
      return `connection lost: ${event.reason}`;
    case 'link.restored':
      return 'connection restored, nothing heard yet';
    case 'device.unknown':
      return `the model maps no state to the device's code ${JSON.stringify(event.code)}; the last state is kept`;
    default:
      return 'reason' in event ? event.reason : `silent for ${spanText(context.staleAfterMs ?? NEVER_MS)}`;
  }
};

/** What a new model changes; it also brings a retired station back. */
export const configured = (context: StationContext, { model }: ModelEdge): Partial<StationContext> => ({
  staleAfterMs: model.staleAfterMs ?? null,
  ...(context.retired && { retired: false, reason: MODEL_REASON }),
});

/** Actions and the silence delay of stations. `Context` is that of the asset type. */
export const stationSetup = <Context extends StationContext>() =>
  setup({
    types: {
      context: {} as Context,
      events: {} as MachineEvent,
      input: {} as AssetInput,
      emitted: {} as CycleEmitted,
      tags: {} as OperatingState,
    },
    delays: { silence: ({ context }) => context.staleAfterMs ?? NEVER_MS },
    actions: {
      explain: assign(({ context, event }) => ({ reason: reasonOf(context, event) }) as Partial<Context>),
      configure: assign(({ context, event }) => configured(context, event as ModelEdge) as Partial<Context>),
      retire: assign(() => ({ reason: RETIRED_REASON, retired: true }) as Partial<Context>),
      concludeCycle: emit(({ context, event }) => ({
        type: 'CycleCompleted' as const,
        data: cycleCompleted(context, event as PartsEdge),
      })),
      count: assign(({ context, event }) => countParts(context, event as PartsEdge) as Partial<Context>),
    },
  });

/** Whatever state the device reports is entered; `offline` too: a controller can say that its machine is switched off. */
export const REPORTED = {
  'device.offline': { target: '#offline.waiting', actions: 'explain' },
  'device.idle': { target: '#online.idle', actions: 'explain' },
  'device.setup': { target: '#online.setup', actions: 'explain' },
  'device.running': { target: '#online.running', actions: 'explain' },
  'device.starved': { target: '#online.starved', actions: 'explain' },
  'device.blocked': { target: '#online.blocked', actions: 'explain' },
  'device.down': { target: '#online.down', actions: 'explain' },
  'device.maintenance': { target: '#online.maintenance', actions: 'explain' },
} as const;

/** What a station does in whatever state it is. `configure` is the asset type's own way to take a model. */
export const anywhere = <const Configure extends string>(configure: Configure) =>
  ({
    parts: { actions: ['concludeCycle', 'count'] },
    model: { actions: configure },
    retire: { target: '#offline.retired', actions: 'retire' },
    'link.lost': { target: '#offline.disconnected', actions: 'explain' },
    'device.unknown': { actions: 'explain' },
  }) as const;

/** A retired station folds nothing but a model. */
const IGNORED = { parts: {}, 'link.lost': {}, 'device.unknown': {} } as const;

/** Nothing is known of the device. `reported` is the asset type's own way to enter the state that the device says. */
export const offline = <const Reported, const Configure extends string>(reported: Reported, configure: Configure) =>
  ({
    id: 'offline',
    tags: 'offline',
    initial: 'waiting',
    states: {
      waiting: { on: reported },
      silent: { on: reported },
      disconnected: { on: { 'link.restored': { target: 'waiting', actions: 'explain' }, 'device.unknown': {} } },
      retired: { on: { ...IGNORED, model: { target: 'waiting', actions: configure } } },
    },
  }) as const;

/** The device is heard; the states within are the asset type's. */
export const ONLINE = {
  id: 'online',
  initial: 'idle',
  after: { silence: { target: '#offline.silent', actions: 'explain' } },
} as const;

/** States that a device reports and that are no more than that. */
export const ONLINE_STATES = {
  idle: { tags: 'idle' },
  setup: { tags: 'setup' },
  running: { tags: 'running' },
  starved: { tags: 'starved' },
  blocked: { tags: 'blocked' },
  down: { tags: 'down' },
  maintenance: { tags: 'maintenance' },
} as const;
