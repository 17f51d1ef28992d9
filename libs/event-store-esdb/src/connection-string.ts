import { readFileSync } from 'node:fs';
import { ChannelCredentials } from '@grpc/grpc-js';
import { parseConnectionString, type ConnectionOptions, type EndPoint } from '@millwright/esdb-protocol';
import { EventStoreError } from '@millwright/event-store';

/** What a connection string says. */
export interface ConnectionSettings {
  /** For people: the connection string without user and password. */
  readonly name: string;
  readonly hosts: readonly EndPoint[];
  /** The hosts, or what a DNS name stands for, are asked who leads the cluster. */
  readonly discover: boolean;
  readonly options: ConnectionOptions;
  readonly channelCredentials: ChannelCredentials;
  /** Value of the `authorization` header. */
  readonly authorization: string | undefined;
}

/** Keys of the official clients; what they do not know they pass over with a warning that shows the password. */
const KEYS = [
  'tls',
  'tlsCAFile',
  'userCertFile',
  'userKeyFile',
  'connectionName',
  'defaultDeadline',
  'discoveryInterval',
  'gossipTimeout',
  'maxDiscoverAttempts',
  'nodePreference',
  'keepAliveInterval',
  'keepAliveTimeout',
  'throwOnAppendFailure',
  'tlsVerifyCert',
];
const EXPECTED = 'expected esdb://user:password@host:2113?tls=true, or esdb+discover://name';

/** Reads a connection string. Throws `unavailable` with a sentence that says what is wrong, never with a password. */
export const parseConnection = (connectionString: string): ConnectionSettings => {
  const text = connectionString.trim();
  const name = shown(text);
  const refuse = (reason: string, cause?: unknown): EventStoreError =>
    new EventStoreError('unavailable', `the connection string ${name} cannot be used: ${reason}`, { cause });
  checkText(text, refuse);
  const options = parse(text, refuse);
  const { defaultCredentials, nodePreference } = options;
  if (nodePreference !== undefined && nodePreference !== 'leader') {
    throw refuse(
      `nodePreference is ${nodePreference}; only the leader tells for sure what has been written, leave it out`,
    );
  }
  const { username, password } = defaultCredentials ?? {};
  const secure = options.tls !== false;
  // As the official clients do: passwords go over TLS only.
  const basic =
    secure && username !== undefined ? Buffer.from(`${username}:${password}`).toString('base64') : undefined;
  return {
    name,
    hosts: options.hosts,
    discover: options.dnsDiscover || options.hosts.length > 1,
    options,
    channelCredentials: secure ? secureCredentials(options, refuse) : ChannelCredentials.createInsecure(),
    authorization: basic && `Basic ${basic}`,
  };
};

type Refuse = (reason: string, cause?: unknown) => EventStoreError;

/** What the client's parser would take wrongly in silence. */
const checkText = (text: string, refuse: Refuse): void => {
  const [, login = ''] = /^[^:]+:\/\/([^/?]*)@/.exec(text) ?? [];
  if (login.split(':').length > 2) throw refuse('write a colon within user or password as %3A');
  for (const setting of (/\?(.*)$/.exec(text)?.[1] ?? '').split('&')) {
    const [key = '', value] = setting.split('=');
    if (key !== '' && !KEYS.some((known) => flat(known) === flat(key))) {
      throw refuse(`"${key}" is no setting; known are ${KEYS.join(', ')}`);
    }
    if (flat(key) === 'tlsverifycert' && value === 'false') {
      throw refuse('a certificate is always verified; give the authority that signed it as tlsCAFile=<path>');
    }
  }
};

const parse = (text: string, refuse: Refuse): ConnectionOptions => {
  try {
    return parseConnectionString(text);
  } catch (error) {
    // The parser's own message quotes the text, and the password with it.
    const { expected, location } = error as { readonly expected?: string; readonly location?: readonly [number] };
    const reason =
      expected === undefined || !location ? EXPECTED : `at character ${location[0] + 1} ${expected} was expected`;
    throw refuse(reason === EXPECTED ? EXPECTED : `${reason}; ${EXPECTED}`);
  }
};

const secureCredentials = (
  { tlsCAFile, userCertFile, userKeyFile }: ConnectionOptions,
  refuse: Refuse,
): ChannelCredentials => {
  if ((userCertFile === undefined) !== (userKeyFile === undefined)) {
    throw refuse('userCertFile and userKeyFile belong together: give both or none');
  }
  const pem = (key: string, path: string | undefined): Buffer | null => {
    if (path === undefined) return null;
    try {
      return readFileSync(path);
    } catch (error) {
      throw refuse(`${key} ${path} cannot be read: ${(error as Error).message}`, error);
    }
  };
  const files = [
    pem('tlsCAFile', tlsCAFile),
    pem('userKeyFile', userKeyFile),
    pem('userCertFile', userCertFile),
  ] as const;
  try {
    return ChannelCredentials.createSsl(...files);
  } catch (error) {
    throw refuse(`tlsCAFile, userCertFile and userKeyFile must be PEM: ${(error as Error).message}`, error);
  }
};

const shown = (text: string): string => text.replace(/\/\/([^/?]*)@/, '//***@');

const flat = (key: string): string => key.trim().toLowerCase().replace(/[_-]/g, '');
