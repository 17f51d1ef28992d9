import { z } from 'zod';
import { duration } from './duration.js';

/** How the virtual devices behave; the server itself never reads it. Times are of the plant's clock at speed 1. */
export const stationSimulation = z.strictObject({
  cycleTime: z.strictObject({ mean: duration, sd: duration.optional() }).describe('Lognormal processing time per part'),
  buffer: z.int().min(0).describe('Places for parts between this station and the next; 0 hands over directly'),
  parallel: z.int().min(1).default(1).describe('Parts in process at once, e.g. places on an oven belt'),
  meanTimeToFailure: duration.optional().describe('Exponential, of running time; absent: never fails'),
  meanTimeToRepair: duration.optional().describe('Exponential'),
  scrapRate: z.number().min(0).max(1).default(0).describe('Share of parts spoiled whatever the process does'),
});
export type StationSimulation = z.output<typeof stationSimulation>;

export const lineSimulation = z.strictObject({
  seed: z.int().default(1),
});
export type LineSimulation = z.output<typeof lineSimulation>;

const sd = z.number().min(0).default(0).describe("Standard deviation, in the signal's unit");

/** Something goes wrong for a while: the value's target moves by `by`, at exponential intervals. */
const disturbance = z.strictObject({
  every: duration.describe('Mean time from the end of one disturbance to the next'),
  by: z.number().describe("How far the target moves, in the signal's unit"),
  lasts: duration,
});
export type Disturbance = z.output<typeof disturbance>;

const noise = z.strictObject({
  mean: z.number(),
  sd,
  idle: z.number().optional().describe('Value while the station is not running; absent: the mean, as always'),
  per: z.enum(['time', 'part']).default('time').describe('part: one new value with every part, e.g. a bead weighed'),
  disturbance: disturbance.optional(),
});

const lagged = z.strictObject({
  setpoint: z.number(),
  lag: duration.describe('Time constant with which the value follows its target (first order)'),
  sd,
  disturbance: disturbance.optional(),
});

const level = z.strictObject({
  full: z.number(),
  perPart: z.number().positive().describe('Taken by each part'),
  refillAt: z.number().describe('Filled up again when below'),
  start: z.number().optional().describe('Level at the start; absent: full'),
});

/** What the line's process model computes. */
export const PROCESS_OUTPUTS = ['belt-speed', 'part-temperature', 'bond-strength'] as const;

const output = z.strictObject({
  output: z.enum(PROCESS_OUTPUTS),
  nominal: z.number().optional().describe('Speed of the running belt; bond strength at full cure'),
  sd,
});

/**
 * What one measured signal says: noise around a mean, a value that follows its setpoint with a lag (on an oven: a heating zone, in the order
 * of the file), a level that parts use up, or a result of the process model.
 */
export const signalSimulation = z.union([noise, lagged, level, output], {
  error:
    'expected one of { mean, sd, idle, per, disturbance }, { setpoint, lag, sd, disturbance }, { full, perPart, refillAt, start }, ' +
    '{ output, nominal, sd }; a disturbance is { every, by, lasts }; ' +
    `output is one of ${PROCESS_OUTPUTS.join(', ')}`,
});
export type SignalSimulation = z.output<typeof signalSimulation>;
