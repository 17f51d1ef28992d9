export { modbusAddress, modbusConnection, type ModbusAddress, type ModbusConnection } from './address.js';
export { modbusProtocol } from './modbus.protocol.js';
