import type { ModbusConnection } from '@millwright/connector-modbus';
import type { MqttConnection } from '@millwright/connector-mqtt';
import type { OpcuaConnection } from '@millwright/connector-opcua';
import type { ConnectionModel } from '@millwright/plant-model';
import { type Device, DeviceError, type Write } from './devices/device.js';
import { ModbusDevice } from './devices/modbus-device.js';
import { MqttDevice } from './devices/mqtt-device.js';
import { OpcuaDevice } from './devices/opcua-device.js';
import type { LinePoint } from './simulated-line.js';

/** Where a connection leads, and the device that answers there to all connections that lead to the same place. */
interface Place {
  readonly key: string;
  make(points: readonly LinePoint[]): Device;
}

/** All devices that a plant's connections need: one per address, whoever shares it. */
export class DevicePark {
  private readonly devices: readonly Device[];
  private readonly byConnection = new Map<string, Device>();

  /** Throws {@link DeviceError} for a point that no device can offer. */
  constructor(connections: readonly ConnectionModel[], points: readonly LinePoint[]) {
    const settingsOf = new Map(connections.map((c) => [c.name, c]));
    const used = [...new Set(points.map((p) => p.connection))].map((name) => settingsOf.get(name)!);
    const groups = new Map<string, { place: Place; names: string[] }>();
    for (const connection of used) {
      const place = placeOf(connection, settingsOf);
      const group = groups.get(place.key) ?? { place, names: [] };
      groups.set(place.key, { place: group.place, names: [...group.names, connection.name] });
    }
    this.devices = [...groups.values()].map(({ place, names }) => {
      const device = place.make(points.filter((p) => names.includes(p.connection)));
      for (const name of names) this.byConnection.set(name, device);
      return device;
    });
  }

  get labels(): string[] {
    return this.devices.map((d) => d.label);
  }

  /** Starts every device; when some cannot, stops the others and throws one {@link DeviceError} that names each. */
  async start(): Promise<void> {
    const results = await Promise.allSettled(this.devices.map((d) => d.start()));
    const failures = results.flatMap((r) => (r.status === 'rejected' ? [r.reason as unknown] : []));
    if (failures.length === 0) return;
    await this.stop();
    const defect = failures.find((f) => !(f instanceof DeviceError));
    throw defect ?? new DeviceError(failures.map((f) => (f as DeviceError).message).join('\n'));
  }

  publish(writes: readonly (Write & { readonly point: LinePoint })[], time: number): void {
    const byDevice = new Map<Device, Write[]>();
    for (const write of writes) {
      const device = this.byConnection.get(write.point.connection)!;
      const mine = byDevice.get(device);
      if (mine) mine.push(write);
      else byDevice.set(device, [write]);
    }
    for (const [device, mine] of byDevice) device.publish(mine, time);
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.devices.map((d) => d.stop()));
  }
}

const placeOf = ({ name, protocol, settings }: ConnectionModel, all: ReadonlyMap<string, ConnectionModel>): Place => {
  switch (protocol) {
    case 'modbus': {
      const { host, port } = settings as ModbusConnection;
      const unitOf = ({ point }: Write): number =>
        (all.get((point as LinePoint).connection)!.settings as ModbusConnection).unit;
      return { key: `modbus ${host}:${port}`, make: () => new ModbusDevice(host, port, unitOf) };
    }
    case 'mqtt': {
      const mqtt = settings as MqttConnection;
      return { key: `mqtt ${new URL(mqtt.url).host}`, make: (points) => new MqttDevice(mqtt, points) };
    }
    case 'opcua': {
      const { endpoint } = settings as OpcuaConnection;
      return { key: `opcua ${endpoint}`, make: (points) => new OpcuaDevice(endpoint, points) };
    }
    default:
      throw new DeviceError(
        `connection "${name}": no virtual device speaks "${protocol}"; known are modbus, mqtt, opcua`,
      );
  }
};
