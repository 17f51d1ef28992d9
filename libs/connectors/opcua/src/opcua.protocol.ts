import type { Protocol } from '@millwright/edge';
import { describeAddress, type OpcuaAddress, opcuaAddress, type OpcuaConnection, opcuaConnection } from './address.js';
import { OpcuaConnector } from './opcua.connector.js';

export const opcuaProtocol: Protocol<OpcuaConnection, OpcuaAddress> = {
  name: 'opcua',
  connection: opcuaConnection,
  address: opcuaAddress,
  describe: describeAddress,
  connect: (options) => new OpcuaConnector(options),
};
