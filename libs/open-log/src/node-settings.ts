import { readFileSync } from 'node:fs';
import type { Credentials } from '@millwright/event-store-node';

/** How the embedded log is served to other processes. */
export interface NodeSettings {
  readonly host: string;
  readonly port: number;
  /** PEM files of the certificate (chain) and its key. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  /** File with a line `user:password` for each who may use the log. */
  readonly usersFile: string | undefined;
}

/** What serves the log as `millwright log` and the server have it in common; `off` is the word for none. */
export const NODE_SETTINGS = [
  {
    flag: 'log-host',
    env: 'MILLWRIGHT_LOG_HOST',
    value: '127.0.0.1',
    help: 'address that the log is served on; 0.0.0.0 for all networks',
  },
  {
    flag: 'log-cert',
    env: 'MILLWRIGHT_LOG_CERT',
    value: 'off',
    help: 'PEM file of the certificate that the log is served with; off: no TLS',
  },
  {
    flag: 'log-key',
    env: 'MILLWRIGHT_LOG_KEY',
    value: 'off',
    help: 'PEM file of the key of that certificate',
  },
  {
    flag: 'log-users',
    env: 'MILLWRIGHT_LOG_USERS',
    value: 'off',
    help: 'file with a line user:password for each who may use the log; off: everybody',
  },
] as const;

export class NodeSettingsError extends Error {
  override readonly name = 'NodeSettingsError';
}

/** The settings from their texts. Throws {@link NodeSettingsError} where they do not fit together. */
export const nodeSettings = (
  port: number,
  text: (flag: (typeof NODE_SETTINGS)[number]['flag']) => string,
): NodeSettings => {
  const given = (flag: (typeof NODE_SETTINGS)[number]['flag']): string | undefined =>
    text(flag) === 'off' ? undefined : text(flag);
  const certFile = given('log-cert');
  const keyFile = given('log-key');
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new NodeSettingsError('--log-cert and --log-key belong together: give both, or none for a log without TLS');
  }
  const tls = certFile !== undefined && keyFile !== undefined ? { certFile, keyFile } : undefined;
  const usersFile = given('log-users');
  if (usersFile !== undefined && !tls) {
    throw new NodeSettingsError('--log-users needs --log-cert and --log-key: clients send passwords over TLS only');
  }
  return { host: text('log-host'), port, tls, usersFile };
};

/** Reads a file of lines `user:password`; empty lines and those that begin with # are passed over. */
export const readUsers = (file: string): Credentials => {
  const users: Record<string, string> = {};
  for (const [index, line] of readText(file, 'log-users').split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const colon = line.indexOf(':');
    if (colon < 1 || colon === line.length - 1) {
      throw new NodeSettingsError(
        `${file}:${index + 1}: expected user:password, a user and a password that are not empty`,
      );
    }
    users[line.slice(0, colon)] = line.slice(colon + 1);
  }
  if (Object.keys(users).length === 0)
    throw new NodeSettingsError(`${file} names no user; expected lines user:password`);
  return users;
};

export const readText = (file: string, flag: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new NodeSettingsError(`--${flag}: ${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
};
