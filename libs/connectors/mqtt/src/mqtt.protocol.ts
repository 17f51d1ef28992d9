import type { Protocol } from '@millwright/edge';
import { z } from 'zod';
import { MqttConnector } from './mqtt.connector.js';

const SCHEMES = ['mqtt:', 'mqtts:', 'ws:', 'wss:'];
const isBrokerUrl = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return SCHEMES.includes(protocol) && username === '' && password === '';
};

export const mqttConnection = z.strictObject({
  url: z
    .string()
    .refine(isBrokerUrl, {
      error:
        'expected an URL such as "mqtt://10.0.0.5:1883" (mqtt, mqtts, ws, wss); user name and password have fields of their own',
    })
    .describe('Broker, e.g. mqtt://10.0.0.5:1883; mqtts, ws and wss too'),
  username: z.string().min(1).optional().describe('User name at the broker'),
  password: z.string().optional().describe('Password; write ${NAME} to take it from the environment'),
  clientId: z
    .string()
    .min(1)
    .max(65_535)
    .optional()
    .describe(
      'Name of the session that the broker keeps for us; default: made from host name and connection, the same at every start',
    ),
  version: z
    .enum(['3.1.1', '5'])
    .optional()
    .describe('MQTT version; absent: 5, and 3.1.1 where the broker does not speak 5'),
  keepaliveSeconds: z
    .int()
    .min(1)
    .max(65_535)
    .default(30)
    .describe('A broker silent for half as long again is taken for lost'),
  maxInFlight: z
    .int()
    .min(1)
    .max(65_535)
    .default(8_192)
    .describe('Messages of QoS 1 taken but not yet acknowledged, at most; acknowledged when their samples are durable'),
});
export type MqttConnection = z.output<typeof mqttConnection>;

const pathOf = (what: string) =>
  z
    .string()
    .regex(
      /^[^.]+(\.[^.]+)*$/,
      `expected the way to ${what} in the JSON of the message, names and array indexes parted by dots, such as "data.0.value"`,
    );

export const mqttAddress = z
  .strictObject({
    topic: z
      .string()
      .min(1)
      .max(65_535)
      .regex(/^[^+#\0]*$/, 'expected the topic of one signal, without the wildcards + and #')
      .describe('Topic whose messages carry the value'),
    path: pathOf('the value')
      .optional()
      .describe('Way to the value in the JSON of the message; absent: the whole message is the value'),
    timestamp: pathOf('the time')
      .optional()
      .describe("Way to the device's time: epoch milliseconds, or ISO 8601 text with a zone; absent: time of receipt"),
    qos: z
      .union([z.literal(0), z.literal(1)])
      .default(1)
      .describe('1: acknowledged only when durable, sent again otherwise; 0: may be lost'),
  })
  .refine(({ path, timestamp }) => timestamp === undefined || path !== undefined, {
    path: ['timestamp'],
    error: 'a timestamp stands beside a value in a JSON message: give "path" too, the way to the value',
  });
export type MqttAddress = z.output<typeof mqttAddress>;

/** MQTT 5 and 3.1.1. */
export const mqttProtocol: Protocol<MqttConnection, MqttAddress> = {
  name: 'mqtt',
  connection: mqttConnection,
  address: mqttAddress,
  describe: ({ topic, path }) => shorten(path === undefined ? topic : `${topic} ${path}`),
  connect: (options) => new MqttConnector(options),
};

const shorten = (text: string): string => (text.length < 100 ? text : `${text.slice(0, 98)}…`);
