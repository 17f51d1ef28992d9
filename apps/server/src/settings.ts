import { parseArgs } from 'node:util';

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
] as const;

export type SettingFlag = (typeof SETTINGS)[number]['flag'];

export interface Settings {
  readonly port: number;
  readonly host: string;
  readonly data: string;
  readonly plant: string;
  readonly gateway: string;
}

export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

export const usage = (): string =>
  [
    'Usage: millwright-server [flags]',
    ...SETTINGS.map((s) => `  --${s.flag.padEnd(8)} ${s.env.padEnd(19)} ${s.help} (default ${s.value})`),
  ].join('\n');

/** Flags win over the environment, the environment over defaults. Throws {@link SettingsError} with a sentence. */
export const readSettings = (args: readonly string[], env: Readonly<Record<string, string | undefined>>): Settings => {
  const flags = parseFlags(args);
  const text = (flag: SettingFlag): string => {
    const setting = SETTINGS.find((s) => s.flag === flag)!;
    const value = flags[flag] ?? env[setting.env] ?? setting.value;
    if (value.trim() === '') throw new SettingsError(`--${flag} (${setting.env}) is empty; expected ${setting.help}`);
    return value;
  };
  return {
    port: portOf(text('port')),
    host: text('host'),
    data: text('data'),
    plant: text('plant'),
    gateway: text('gateway'),
  };
};

const parseFlags = (args: readonly string[]): Partial<Record<SettingFlag, string>> => {
  try {
    const options = Object.fromEntries(SETTINGS.map(({ flag }) => [flag, { type: 'string' as const }]));
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values as Partial<
      Record<SettingFlag, string>
    >;
  } catch (error) {
    throw new SettingsError(`${(error as Error).message}\n${usage()}`);
  }
};

const portOf = (text: string): number => {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new SettingsError(`--port (MILLWRIGHT_PORT) is "${text}"; expected a whole number from 0 to 65535`);
  return port;
};
