import { join } from 'node:path';
import { NODE_SETTINGS, nodeSettings, NodeSettingsError, parseLogUrl, type NodeSettings } from '@millwright/open-log';
import { lookUp, SettingsError, usageOf } from '@millwright/process';

/** The log's place where nothing else is said. */
const LOG_IN_DATA = 'sqlite:<data>/log.db';

/** What can be set, once for flags, environment, `--help` and the README's table. */
export const SETTINGS = [
  { flag: 'port', env: 'MILLWRIGHT_PORT', value: '4000', help: 'port of the web server, 0 for any free one' },
  {
    flag: 'host',
    env: 'MILLWRIGHT_HOST',
    value: '127.0.0.1',
    help: 'address that the web server listens on; 0.0.0.0 for all networks',
  },
  { flag: 'data', env: 'MILLWRIGHT_DATA', value: './data', help: 'folder of the log and the read model' },
  {
    flag: 'log',
    env: 'MILLWRIGHT_LOG',
    value: LOG_IN_DATA,
    help: 'the log: sqlite:<path> (embedded) or esdb://… (EventStoreDB, or millwright log)',
  },
  {
    flag: 'plant',
    env: 'MILLWRIGHT_PLANT',
    value: './simulations/plants/bonding-line',
    help: 'plant file, or a folder: every .yaml in it is a line',
  },
  { flag: 'gateway', env: 'MILLWRIGHT_GATEWAY', value: 'embedded', help: 'name of this gateway in the recorded facts' },
  {
    flag: 'connectors',
    env: 'MILLWRIGHT_CONNECTORS',
    value: 'on',
    help: 'on, or off where gateways read the devices',
  },
  {
    flag: 'log-port',
    env: 'MILLWRIGHT_LOG_PORT',
    value: 'off',
    help: 'port on which the embedded log is served to gateways and EventStoreDB clients; off: not served',
  },
  ...NODE_SETTINGS,
] as const;

export interface Settings {
  readonly port: number;
  readonly host: string;
  readonly data: string;
  /** `sqlite:<path>` or `esdb://…`. */
  readonly log: string;
  readonly plant: string;
  readonly gateway: string;
  /** Whether this process reads the devices itself. */
  readonly connectors: 'on' | 'off';
  /** Undefined: the embedded log is not served. */
  readonly logNode: NodeSettings | undefined;
}

const PROGRAM = 'millwright-server';

export const usage = (): string => usageOf(PROGRAM, SETTINGS);

/** Flags win over the environment, the environment over defaults. Throws SettingsError with a sentence. */
export const readSettings = (args: readonly string[], env: Readonly<Record<string, string | undefined>>): Settings => {
  const the = lookUp(PROGRAM, SETTINGS, args, env);
  return {
    port: the('port').port(),
    host: the('host').text(),
    data: the('data').text(),
    log: logOf(the('log').text(), the('data').text()),
    plant: the('plant').text(),
    gateway: the('gateway').text(),
    connectors: the('connectors').oneOf('on', 'off'),
    logNode: sayable(() =>
      the('log-port').text() === 'off' ? undefined : nodeSettings(the('log-port').port(), (flag) => the(flag).text()),
    ),
  };
};

const logOf = (text: string, data: string): string => {
  if (text === LOG_IN_DATA) return `sqlite:${join(data, 'log.db')}`;
  try {
    parseLogUrl(text);
  } catch (error) {
    throw new SettingsError(`--log (MILLWRIGHT_LOG): ${(error as Error).message}`);
  }
  return text;
};

/** A mistake in the settings, in this program's words. */
const sayable = <T>(read: () => T): T => {
  try {
    return read();
  } catch (error) {
    throw error instanceof NodeSettingsError ? new SettingsError(error.message) : error;
  }
};
