import { OPERATING_STATES, SLUG } from '@millwright/events';
import { z } from 'zod';
import { duration } from './duration.js';
import { lineSimulation, signalSimulation, stationSimulation } from './simulation-block.js';

export const SLUG_FORM = 'lower-case letters, digits and single hyphens, such as "bonding-line"';
export const DATA_TYPES = ['number', 'integer', 'boolean', 'text'] as const;
export const ROLES = ['measurement', 'operating-state', 'good-count', 'scrap-count', 'part-result'] as const;

const id = z.string().regex(SLUG, `expected ${SLUG_FORM}`);
const level = (what: string) =>
  z
    .strictObject({
      id: id.describe(`One step of the ids of everything below; unique within its parent`),
      name: z.string().min(1).optional().describe('For people; absent: the id'),
    })
    .describe(what);

const limit = (what: string) => z.number().optional().describe(`${what}, in the signal's unit`);

const normalRange = z
  .strictObject({ low: limit('Lowest normal value'), high: limit('Highest normal value') })
  .describe('Where the value is in normal operation; outside it is marked, without an alarm');

const alarms = z
  .strictObject({
    lowLow: limit('Alarm low-low at or below'),
    low: limit('Alarm low at or below'),
    high: limit('Alarm high at or above'),
    highHigh: limit('Alarm high-high at or above'),
    deadband: z
      .number()
      .min(0)
      .optional()
      .describe(
        "How far the value must come back from a limit before its alarm clears, in the signal's unit; absent: 0",
      ),
    priority: z
      .enum(['critical', 'high', 'medium', 'low'])
      .default('medium')
      .describe('Priority of these alarms (ISA-18.2)'),
  })
  .describe('Alarm limits (ISA-18.2), lowLow ≤ low < high ≤ highHigh; any of them may be absent');

const spec = z
  .strictObject({
    characteristic: z.string().min(1).describe('What is specified, in the words of the quality plan'),
    lower: limit('Lower specification limit'),
    target: limit('Target'),
    upper: limit('Upper specification limit'),
  })
  .describe('Quality specification of a part');

const edge = z
  .strictObject({
    scale: z
      .number()
      .refine((n) => n !== 0, 'expected a number other than 0')
      .optional()
      .describe('Stored value = device value × scale + offset; absent: 1'),
    offset: z.number().optional().describe("Added after scaling, in the signal's unit; absent: 0"),
    deadband: z
      .number()
      .min(0)
      .optional()
      .describe(
        "A number that moved less than this since the last stored one is filtered, in the signal's unit; absent: nothing is",
      ),
    minInterval: duration
      .optional()
      .describe('A sample closer than this to the last stored one is filtered; absent: none is'),
    heartbeat: duration.optional().describe('Even an unchanged value is stored after this; absent: never'),
  })
  .describe('What the edge does to samples before they are stored; what it filters is counted in the ledger');

const signal = z
  .strictObject({
    label: z.string().min(1).optional().describe('Name for people; absent: the signal name'),
    role: z
      .enum(ROLES)
      .default('measurement')
      .describe(
        'What the signal tells its asset\'s machine: operating-state (mapped by states), good-count and scrap-count (the device\'s running totals), part-result (one sample per inspected part: true or "pass" is good); anything else is a measurement',
      ),
    dataType: z
      .enum(DATA_TYPES)
      .describe('Type of the stored values; a sample of another type is rejected and counted'),
    unit: z.string().min(1).optional().describe('UCUM code: Cel, bar, m/min, %, {parts}; numbers only'),
    states: z
      .record(z.string(), z.enum(OPERATING_STATES))
      .optional()
      .describe('For role operating-state: each code of the device and the operating state that it means'),
    normalRange: normalRange.optional(),
    alarms: alarms.optional(),
    spec: spec.optional(),
    connection: z.string().optional().describe("Name of the connection; absent: the station's"),
    address: z.unknown().describe("Where the value is in the device, in the form of the connection's protocol"),
    interval: duration.prefault('1 s').describe('How often the value is read or sampled'),
    edge: edge.optional(),
    simulation: signalSimulation.optional().describe('How the virtual devices make this value; the server ignores it'),
  })
  .describe('One measured point of a station');

/** The plant file but for what belongs to the protocols: settings of connections and addresses are checked by the protocol's own schemas. */
export const plantFileSchema = (protocols: readonly string[], stationTypes: readonly string[]) => {
  const station = z
    .strictObject({
      id: id.describe('Last step of the id of the station; unique within the line'),
      name: z.string().min(1).optional().describe('For people; absent: the id'),
      type: z.enum(stationTypes).describe('Asset type: names the machine that follows the station'),
      connection: z
        .string()
        .optional()
        .describe('Name of the connection of its signals, unless a signal names another'),
      idealCycleTime: duration
        .optional()
        .describe('Planned time per part (ISO 22400-2: planned runtime per item); absent: no performance figures'),
      staleAfter: duration
        .optional()
        .describe('Silence after which the station counts as offline; absent: as its asset type says'),
      signals: z
        .record(z.string(), signal)
        .prefault({})
        .describe(`Signals by name: ${SLUG_FORM.replace('bonding-line', 'belt-speed')}`),
      simulation: stationSimulation.optional().describe('How the virtual devices behave; the server ignores it'),
    })
    .describe('One work unit of the line');
  return z
    .strictObject({
      millwright: z.literal(1).describe('Version of this file format'),
      enterprise: level('ISA-95 enterprise; files with the same id share it'),
      site: level('ISA-95 site; files with the same id share it'),
      area: level('ISA-95 area; files with the same id share it'),
      line: level('')
        .extend({
          simulation: lineSimulation.optional().describe('How the virtual devices behave; the server ignores it'),
        })
        .describe('The line of this file; one file is one line'),
      connections: z
        .record(z.string(), z.looseObject({ protocol: z.enum(protocols).describe('Protocol of the device or broker') }))
        .prefault({})
        .describe('Devices and brokers by name: ' + SLUG_FORM.replace('bonding-line', 'cell-plc')),
      stations: z.array(station).min(1).describe('Stations in the order of flow'),
    })
    .describe('A production line: its place in the enterprise, its stations, their signals and where these come from');
};

export type PlantFileContent = z.output<ReturnType<typeof plantFileSchema>>;
export type StationContent = PlantFileContent['stations'][number];
export type SignalContent = StationContent['signals'][string];
