import { parseLogUrl } from '@millwright/open-log';
import { lookUp, SettingsError, usageOf } from '@millwright/process';

/** What can be set, once for flags, environment, `--help` and the README's table. */
export const SETTINGS = [
  {
    flag: 'log',
    env: 'MILLWRIGHT_LOG',
    value: 'esdb://127.0.0.1:2113?tls=false',
    help: 'the log: esdb://… (EventStoreDB, or millwright log) or sqlite:<path> on this machine',
  },
  {
    flag: 'plant',
    env: 'MILLWRIGHT_PLANT',
    value: './simulations/plants/bonding-line',
    help: 'plant file, or a folder: every .yaml in it is a line',
  },
  {
    flag: 'gateway',
    env: 'MILLWRIGHT_GATEWAY',
    value: 'gateway',
    help: 'name of this gateway in the recorded facts; no two of one plant have the same',
  },
  {
    flag: 'lines',
    env: 'MILLWRIGHT_LINES',
    value: 'all',
    help: 'lines of the plant that this gateway reads: all, or their ids with commas between',
  },
  {
    flag: 'host',
    env: 'MILLWRIGHT_HOST',
    value: '127.0.0.1',
    help: 'address that health is served on; 0.0.0.0 for all networks',
  },
  {
    flag: 'health-port',
    env: 'MILLWRIGHT_HEALTH_PORT',
    value: '4001',
    help: 'port of GET /health, 0 for any free one',
  },
] as const;

export interface Settings {
  readonly log: string;
  readonly plant: string;
  readonly gateway: string;
  readonly lines: 'all' | readonly string[];
  readonly host: string;
  readonly healthPort: number;
}

const PROGRAM = 'millwright-gateway';

export const usage = (): string => usageOf(PROGRAM, SETTINGS);

/** Flags win over the environment, the environment over defaults. Throws {@link SettingsError} with a sentence. */
export const readSettings = (args: readonly string[], env: Readonly<Record<string, string | undefined>>): Settings => {
  const the = lookUp(PROGRAM, SETTINGS, args, env);
  return {
    log: logOf(the('log').text()),
    plant: the('plant').text(),
    gateway: the('gateway').text(),
    lines: linesOf(the('lines').text()),
    host: the('host').text(),
    healthPort: the('health-port').port(),
  };
};

const logOf = (text: string): string => {
  try {
    parseLogUrl(text);
  } catch (error) {
    throw new SettingsError(`--log (MILLWRIGHT_LOG): ${(error as Error).message}`);
  }
  return text;
};

const linesOf = (text: string): Settings['lines'] => {
  if (text === 'all') return text;
  const lines = text.split(',').map((line) => line.trim());
  if (!lines.includes('')) return lines;
  throw new SettingsError(
    `--lines (MILLWRIGHT_LINES) is "${text}"; expected all, or the ids of lines with commas between`,
  );
};
