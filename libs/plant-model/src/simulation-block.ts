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
