import { parseArgs } from 'node:util';

/** What can be set, once for flag, environment, `--help` and the README's table. */
export interface Setting {
  readonly flag: string;
  /** Absent: what is said anew each time, by its flag only. */
  readonly env?: string;
  /** The default; absent: none. */
  readonly value?: string;
  readonly help: string;
  /** `operand`: its value may stand without the flag. `switch`: on where the flag stands, which takes no value. */
  readonly kind?: 'operand' | 'switch';
}

type FlagOf<Settings extends readonly Setting[]> = Settings[number]['flag'];

/** Of one setting, as a person gave it. */
export interface SettingText {
  /** Never empty; what has no default must be given. */
  text(): string;
  /** Undefined where nothing is said, and there is no default. */
  given(): string | undefined;
  /** Whether a switch is on. */
  on(): boolean;
  /** A TCP port, 0 for any free one. */
  port(): number;
  oneOf<const Choice extends string>(...choices: readonly Choice[]): Choice;
}

/** A setting that cannot be used, in a sentence for people. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

export const usageOf = (program: string, settings: readonly Setting[]): string => {
  const flagWidth = Math.max(...settings.map(({ flag }) => flag.length));
  const envWidth = Math.max(...settings.map(({ env = '' }) => env.length));
  const operands = settings.filter(({ kind }) => kind === 'operand').map(({ flag }) => ` [${flag}]`);
  return [
    `Usage: ${program}${operands.join('')} [flags]`,
    ...settings.map(
      ({ flag, env = '', value, help }) =>
        `  --${flag.padEnd(flagWidth)}  ${env.padEnd(envWidth)}  ${help}${value === undefined ? '' : ` (default ${value})`}`,
    ),
  ].join('\n');
};

/**
 * Looks settings up: flags win over the environment, the environment over defaults. Throws {@link SettingsError}, here for a flag that
 * there is not, and later for a value that cannot be used.
 */
export const lookUp = <const Settings extends readonly Setting[]>(
  program: string,
  settings: Settings,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ((flag: FlagOf<Settings>) => SettingText) => {
  const flags = parseFlags(program, settings, args);
  return (flag) => {
    const setting = settings.find((s) => s.flag === flag)!;
    return new FoundText(setting, flags[flag] ?? (setting.env && env[setting.env]) ?? setting.value);
  };
};

class FoundText implements SettingText {
  private readonly setting: Setting;
  private readonly found: string | undefined;

  constructor(setting: Setting, found: string | undefined) {
    this.setting = setting;
    this.found = found;
  }

  text(): string {
    const text = this.given();
    if (text !== undefined) return text;
    throw new SettingsError(`${this.name} is missing; expected ${this.setting.help}`);
  }

  given(): string | undefined {
    if (this.found?.trim() !== '') return this.found;
    throw new SettingsError(`${this.name} is empty; expected ${this.setting.help}`);
  }

  on(): boolean {
    return this.found !== undefined && this.oneOf('on', 'off') === 'on';
  }

  port(): number {
    const text = this.text();
    const port = Number(text);
    if (/^\d+$/.test(text) && port <= 65_535) return port;
    throw new SettingsError(`${this.name} is "${text}"; expected a whole number from 0 to 65535`);
  }

  oneOf<const Choice extends string>(...choices: readonly Choice[]): Choice {
    const text = this.text();
    const choice = choices.find((c) => c === text);
    if (choice !== undefined) return choice;
    throw new SettingsError(`${this.name} is "${text}"; expected ${choices.join(' or ')}`);
  }

  private get name(): string {
    const { flag, env } = this.setting;
    return env === undefined ? `--${flag}` : `--${flag} (${env})`;
  }
}

const parseFlags = (
  program: string,
  settings: readonly Setting[],
  args: readonly string[],
): Readonly<Record<string, string | undefined>> => {
  const operands = settings.filter(({ kind }) => kind === 'operand');
  const options = Object.fromEntries(
    settings.map(({ flag, kind }) => [flag, { type: kind === 'switch' ? ('boolean' as const) : ('string' as const) }]),
  );
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options,
      strict: true,
      allowPositionals: operands.length > 0,
    });
    const flags = Object.fromEntries(Object.entries(values).map(([flag, value]) => [flag, textOf(value)]));
    for (const [i, word] of positionals.entries()) {
      const flag = operands[i]?.flag;
      if (flag === undefined || flag in flags) throw new Error(`"${word}" is one word too many`);
      flags[flag] = word;
    }
    return flags;
  } catch (error) {
    throw new SettingsError(`${(error as Error).message}\n${usageOf(program, settings)}`);
  }
};

const textOf = (value: unknown): string => (value === true ? 'on' : String(value));
