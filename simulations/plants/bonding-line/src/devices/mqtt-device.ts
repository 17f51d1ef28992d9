import type { MqttConnection } from '@millwright/connector-mqtt';
import { connectAsync, type MqttClient } from 'mqtt';
import { type Device, DeviceError, type DevicePoint, listenError, type Write } from './device.js';
import { startBroker } from './mqtt-broker.js';
import { type Message, MqttPayloads } from './mqtt-payloads.js';

/** Whatever brings messages to the subscribers, QoS 1. */
export interface Publisher {
  readonly kind: 'broker' | 'client';
  publish(message: Message): void;
  stop(): Promise<void>;
}

const CONNECT_DEADLINE_MS = 5_000;
/** Messages that a broker may leave unacknowledged; beyond, and while it is away, the devices' messages are lost, as a real device's would be. */
const UNACKNOWLEDGED_MAX = 1_000;

/** The devices behind one MQTT broker. Is the broker itself, unless one listens on the address already. */
export class MqttDevice implements Device {
  private readonly settings: MqttConnection;
  private readonly payloads: MqttPayloads;
  private publisher: Publisher | undefined;

  constructor(settings: MqttConnection, points: readonly DevicePoint[]) {
    this.settings = settings;
    this.payloads = new MqttPayloads(points);
  }

  get label(): string {
    const { host } = new URL(this.settings.url);
    return this.publisher?.kind === 'client' ? `mqtt ${host} (a broker was there already)` : `mqtt ${host}`;
  }

  async start(): Promise<void> {
    const { protocol, hostname, port } = new URL(this.settings.url);
    const listenPort = Number(port || 1883);
    const own = protocol === 'mqtt:' && isLoopback(hostname);
    const broker = own
      ? await startBroker(hostname, listenPort).catch((error: unknown) => {
          throw listenError('mqtt', hostname, listenPort, error);
        })
      : undefined;
    this.publisher = broker ?? (await connectToBroker(this.settings));
  }

  publish(writes: readonly Write[], time: number): void {
    for (const message of this.payloads.messages(writes, time)) this.publisher?.publish(message);
  }

  async stop(): Promise<void> {
    await this.publisher?.stop();
  }
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127\./.test(host);

const connectToBroker = async ({ url, username, password }: MqttConnection): Promise<Publisher> => {
  const credentials = { ...(username !== undefined && { username }), ...(password !== undefined && { password }) };
  const client = await connectAsync(url, { connectTimeout: CONNECT_DEADLINE_MS, ...credentials }, false).catch(
    (error: unknown) => {
      throw new DeviceError(
        `mqtt device: something listens on ${new URL(url).host}, but it does not take us as an MQTT client ` +
          `(${error instanceof Error ? error.message : String(error)}); end it, or choose another port in the plant file's ` +
          'connections (in the demo plant by BONDING_MQTT_PORT, for devices and server alike)',
      );
    },
  );
  // It reconnects by itself; without a listener the first error would end the process.
  client.on('error', () => undefined);
  return new ClientPublisher(client);
};

class ClientPublisher implements Publisher {
  readonly kind = 'client';
  private readonly client: MqttClient;
  private unacknowledged = 0;

  constructor(client: MqttClient) {
    this.client = client;
  }

  publish({ topic, payload }: Message): void {
    if (!this.client.connected || this.unacknowledged >= UNACKNOWLEDGED_MAX) return;
    this.unacknowledged += 1;
    this.client.publish(topic, payload, { qos: 1 }, () => (this.unacknowledged -= 1));
  }

  async stop(): Promise<void> {
    await this.client.endAsync(true);
  }
}
