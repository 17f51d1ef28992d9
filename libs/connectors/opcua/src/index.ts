export { opcuaAddress, opcuaConnection, type OpcuaAddress, type OpcuaConnection } from './address.js';
export { opcuaProtocol } from './opcua.protocol.js';
