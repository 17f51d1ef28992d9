import { modbusProtocol } from '@millwright/connector-modbus';
import { mqttProtocol } from '@millwright/connector-mqtt';
import { opcuaProtocol } from '@millwright/connector-opcua';
import type { Protocol } from '@millwright/edge';

/** Every protocol that plant files may name; a new connector adds its line here. */
export const PROTOCOLS = [modbusProtocol, mqttProtocol, opcuaProtocol] as readonly Protocol[];
