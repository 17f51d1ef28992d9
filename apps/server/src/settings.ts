import { lookUp, usageOf } from '@millwright/process';

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
] as const;

export interface Settings {
  readonly port: number;
  readonly host: string;
  readonly data: string;
  readonly plant: string;
  readonly gateway: string;
  /** Whether this process reads the devices itself. */
  readonly connectors: 'on' | 'off';
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
    plant: the('plant').text(),
    gateway: the('gateway').text(),
    connectors: the('connectors').oneOf('on', 'off'),
  };
};
