import { SettingsError, type SettingText } from '@millwright/process';

/** A whole number from 0, of whatever size; undefined where none is given. */
export const wholeNumber = (flag: string, text: SettingText): bigint | undefined => {
  const given = text.given();
  if (given === undefined) return undefined;
  if (/^\d+$/.test(given)) return BigInt(given);
  throw new SettingsError(`--${flag} is "${given}"; expected a whole number`);
};

export const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;
