import type { Protocol } from '@millwright/edge';
import {
  describeAddress,
  type ModbusAddress,
  modbusAddress,
  type ModbusConnection,
  modbusConnection,
} from './address.js';
import { ModbusConnector } from './modbus.connector.js';

export const modbusProtocol: Protocol<ModbusConnection, ModbusAddress> = {
  name: 'modbus',
  connection: modbusConnection,
  address: modbusAddress,
  describe: describeAddress,
  connect: (options) => new ModbusConnector(options),
};
