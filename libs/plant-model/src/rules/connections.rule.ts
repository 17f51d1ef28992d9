import { check } from '../check.js';
import type { Cursor } from '../cursor.js';
import { settingsFields, type ProtocolSchema } from '../protocol-schema.js';
import { nearest } from '../suggest.js';

/** Settings fit the protocol; every signal has a connection that is there, and an address of its protocol. */
export const checkConnections = (file: Cursor, protocols: readonly ProtocolSchema[]): void => {
  const protocolOf = new Map<string, ProtocolSchema | undefined>();
  for (const { name, entry } of file.at('connections').entries) {
    const protocol = protocols.find((p) => p.name === entry.at('protocol').text);
    protocolOf.set(name, protocol);
    if (protocol !== undefined)
      check(entry.source, protocol.connection, entry.path, settingsFields(protocol).notTheirs);
  }
  for (const station of file.at('stations').items) {
    checkNamed(station.at('connection'), [...protocolOf.keys()]);
    for (const { entry: signal } of station.at('signals').entries) checkSignal(signal, station, protocolOf);
  }
};

const checkSignal = (
  signal: Cursor,
  station: Cursor,
  protocolOf: ReadonlyMap<string, ProtocolSchema | undefined>,
): void => {
  const names = [...protocolOf.keys()];
  const own = signal.at('connection');
  checkNamed(own, names);
  const named = own.value === undefined ? station.at('connection') : own;
  if (named.value === undefined) {
    own.report('missing-connection', `is missing; name a connection here or on the station: ${listed(names)}`, 'key');
  }
  const protocol = protocolOf.get(named.text ?? '');
  const address = signal.at('address');
  if (protocol !== undefined && address.value !== undefined) check(address.source, protocol.address, address.path);
};

const checkNamed = (connection: Cursor, names: readonly string[]): void => {
  const name = connection.text;
  if (name === undefined || names.includes(name)) return;
  const meant = nearest(name, names);
  const hint = meant === undefined ? '' : `did you mean "${meant}"? `;
  connection.report('dangling-connection', `there is no connection "${name}" in this file; ${hint}${listed(names)}`);
};

const listed = (names: readonly string[]): string =>
  names.length === 0 ? 'the file has none yet, add it under "connections"' : `the file has ${names.join(', ')}`;
