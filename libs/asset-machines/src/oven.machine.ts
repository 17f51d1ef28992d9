import type { AssetModel, SignalModel } from '@millwright/events';
import { assign } from 'xstate';
import {
  anywhere,
  configured,
  offline,
  ONLINE,
  ONLINE_STATES,
  REPORTED,
  stationContext,
  stationSetup,
  type StationContext,
} from './station.setup.js';

export interface OvenContext extends StationContext {
  /** Names of the zones, in the order of the model. */
  readonly zones: readonly string[];
  /** Those of them that are hot enough: not below their normal range. */
  readonly atTemperature: readonly string[];
}

const AT_TEMPERATURE = 'at temperature';
const TEMPERATURES: ReadonlySet<string | undefined> = new Set(['Cel', 'K', '[degF]']);

/** A zone is a temperature signal (UCUM `Cel`, `K`, `[degF]`) with a normal range whose name begins with `zone`. */
const isZone = ({ name, unit, normalRange }: SignalModel): boolean =>
  name.startsWith('zone') && TEMPERATURES.has(unit) && normalRange !== undefined;

const zonesOf = (model: AssetModel): string[] => model.signals.filter(isZone).map(({ name }) => name);

const coldZones = ({ zones, atTemperature }: OvenContext): string[] =>
  zones.filter((zone) => !atTemperature.includes(zone));

/** The zones at temperature after a signal has come to another side of its normal range. */
const heated = ({ zones, atTemperature }: OvenContext, type: string, signal: string): readonly string[] => {
  if (type === 'range.below') return atTemperature.filter((zone) => zone !== signal);
  return zones.filter((zone) => zone === signal || atTemperature.includes(zone));
};

/** What a new model leaves of the zones; the engine tells the ranges again where they differ. */
const rezoned = (context: OvenContext, model: AssetModel): Pick<OvenContext, 'zones' | 'atTemperature'> => {
  const zones = zonesOf(model);
  return { zones, atTemperature: zones.filter((zone) => context.atTemperature.includes(zone)) };
};

const ovenSetup = stationSetup<OvenContext>().extend({
  guards: {
    isCold: ({ context }) => coldZones(context).length > 0,
    isZone: ({ context, event }) => 'signal' in event && context.zones.includes(event.signal),
    leavesNoColdZone: ({ context, event }) =>
      event.type === 'model' && coldZones({ ...context, ...rezoned(context, event.model) }).length === 0,
    isLastColdZone: ({ context, event }) => {
      const cold = coldZones(context);
      return 'signal' in event && cold.length === 1 && cold[0] === event.signal;
    },
  },
  actions: {
    explainHeating: assign(({ context }) => ({ reason: `heating up: ${coldZones(context).join(', ')}` })),
    heat: assign(({ context, event }) =>
      'signal' in event ? { atTemperature: heated(context, event.type, event.signal) } : {},
    ),
    reachTemperature: assign(({ context }) => ({ atTemperature: context.zones, reason: AT_TEMPERATURE })),
    configureOven: assign(({ context, event }) =>
      event.type === 'model' ? { ...configured(context, event), ...rezoned(context, event.model) } : {},
    ),
    configureAtTemperature: assign(({ context, event }) =>
      event.type === 'model'
        ? { ...configured(context, event), ...rezoned(context, event.model), reason: AT_TEMPERATURE }
        : {},
    ),
  },
});

const OVEN_REPORTED = {
  ...REPORTED,
  'device.running': [
    { guard: 'isCold', target: '#online.setup.heatingUp', actions: 'explainHeating' },
    REPORTED['device.running'],
  ],
} as const;

/** A zone is hot enough now; the last one ends the heating up. */
const WARMED = [
  { guard: 'isLastColdZone', target: '#online.running', actions: 'reachTemperature' },
  { guard: 'isZone', actions: 'heat' },
] as const;

/** An oven that only waited for parts, or for room, goes on as it was. */
const GO_ON = { 'device.running': REPORTED['device.running'] } as const;

/**
 * An oven is a station that must be hot before it runs: when its device says `running` while a zone is below its normal range (or was never
 * measured), it is in setup, heating up, until the last zone is hot enough. In production (running, starved, blocked) a zone that drifts off
 * is a matter of alarms, not of the operating state.
 */
export const ovenMachine = ovenSetup.createMachine({
  id: 'oven',
  version: '1',
  options: { maxIterations: 10 },
  context: ({ input }) => ({ ...stationContext(input), zones: zonesOf(input.model), atTemperature: [] }),
  initial: 'offline',
  on: {
    ...anywhere('configureOven'),
    'range.below': { guard: 'isZone', actions: 'heat' },
    'range.within': { guard: 'isZone', actions: 'heat' },
    'range.above': { guard: 'isZone', actions: 'heat' },
  },
  states: {
    offline: offline(OVEN_REPORTED, 'configureOven'),
    online: {
      ...ONLINE,
      on: OVEN_REPORTED,
      states: {
        ...ONLINE_STATES,
        setup: {
          tags: 'setup',
          initial: 'reported',
          states: {
            reported: {},
            heatingUp: {
              on: {
                model: [
                  { guard: 'leavesNoColdZone', target: '#online.running', actions: 'configureAtTemperature' },
                  { actions: 'configureOven' },
                ],
                'range.within': WARMED,
                'range.above': WARMED,
              },
            },
          },
        },
        starved: { ...ONLINE_STATES.starved, on: GO_ON },
        blocked: { ...ONLINE_STATES.blocked, on: GO_ON },
      },
    },
  },
});
