export { mqttAddress, mqttConnection, mqttProtocol, type MqttAddress, type MqttConnection } from './mqtt.protocol.js';
