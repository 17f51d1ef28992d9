import type { Plant } from '@millwright/plant-model';
import { DevicePark } from './device-park.js';
import { DeviceError } from './devices/device.js';
import { LineDriver } from './line-driver.js';
import { linePointsOf, lineSpecOf } from './simulated-line.js';

/** Wall time between two looks at the clock: events keep their own times, they are only told this much later. */
const TICK_MS = 50;

export interface VirtualPlant {
  /** For people: which lines run, and where. */
  readonly description: string;
  stop(): Promise<void>;
}

export interface VirtualPlantOptions {
  readonly speed: number;
  /** Replaces the seeds of the plant files; further lines take the following numbers. */
  readonly seed?: number | undefined;
  /** Wall clock, epoch milliseconds. */
  readonly now: () => number;
}

/** Starts the devices of every simulated line, and the lines themselves. Throws {@link DeviceError} with a sentence. */
export const startVirtualPlant = async (
  plant: Plant,
  { speed, seed, now }: VirtualPlantOptions,
): Promise<VirtualPlant> => {
  const lines = plant.simulations.map((line, i) => ({
    spec: lineSpecOf(plant, line, seed === undefined ? line.seed : seed + i),
    points: linePointsOf(plant, line),
  }));
  if (lines.length === 0) {
    throw new DeviceError('no line of the plant has a "simulation:" block; add one to a line and its stations');
  }
  const park = new DevicePark(
    plant.connections,
    lines.flatMap((l) => l.points),
  );
  await park.start();
  const drivers = lines.map(
    ({ spec, points }) => new LineDriver(spec, points, speed, (writes, time) => park.publish(writes, time), now()),
  );
  const tick = (): void => drivers.forEach((driver) => driver.tick(now()));
  tick();
  const timer = setInterval(tick, TICK_MS);
  return {
    description: `${plant.simulations.map((l) => l.line).join(', ')} at speed ${speed}: ${park.labels.join(', ')}`,
    stop: async () => {
      clearInterval(timer);
      await park.stop();
    },
  };
};
