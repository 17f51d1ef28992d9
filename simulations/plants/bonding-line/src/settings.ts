import { parseArgs } from 'node:util';
import { DeviceError } from './devices/device.js';

export const USAGE = `Usage: node dist/main.js [flags]
  --speed N       model seconds per second of the wall clock (default 1)
  --seed N        another history than that of the plant file's seed
  --plant PATH    plant file, or a folder: every .yaml in it (default: this folder)
  --with-parent   end when standard input ends
  --help          this text`;

export interface Settings {
  readonly speed: number;
  readonly seed: number | undefined;
  readonly plant: string;
  readonly withParent: boolean;
}

/** Settings from the command line; undefined when the usage was asked for. Throws {@link DeviceError} with a sentence. */
export const readSettings = (args: readonly string[], defaultPlant: string): Settings | undefined => {
  const flags = parseFlags(args);
  if (flags.help) return undefined;
  const number = (name: 'speed' | 'seed', valid: (n: number) => boolean, what: string): number | undefined => {
    const text = flags[name];
    if (text === undefined) return undefined;
    const value = Number(text);
    if (text.trim() === '' || !valid(value)) throw new DeviceError(`--${name} is "${text}"; expected ${what}`);
    return value;
  };
  return {
    speed: number('speed', (n) => n > 0 && n <= 1_000, 'a number above 0, up to 1000') ?? 1,
    seed: number('seed', Number.isSafeInteger, 'a whole number'),
    plant: flags.plant ?? defaultPlant,
    withParent: flags['with-parent'] ?? false,
  };
};

const parseFlags = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      options: {
        speed: { type: 'string' },
        seed: { type: 'string' },
        plant: { type: 'string' },
        'with-parent': { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new DeviceError(`${(error as Error).message}\n${USAGE}`);
  }
};
