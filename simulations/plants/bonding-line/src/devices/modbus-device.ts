import type { ModbusAddress } from '@millwright/connector-modbus';
import { once } from 'node:events';
import modbus from 'modbus-serial';
import { type Device, listenError, type Write } from './device.js';
import { ModbusRegisters } from './modbus-registers.js';

const ILLEGAL_DATA_ADDRESS = 2;
const GATEWAY_TARGET_SILENT = 11;

/** A Modbus TCP server: one controller, or a gateway with several units behind it. */
export class ModbusDevice implements Device {
  private readonly host: string;
  private readonly port: number;
  private readonly units = new Map<number, ModbusRegisters>();
  private readonly unitOf: (write: Write) => number;
  private server: modbus.ServerTCP | undefined;

  /** `unitOf` tells the unit whose registers hold the signal. */
  constructor(host: string, port: number, unitOf: (write: Write) => number) {
    this.host = host;
    this.port = port;
    this.unitOf = unitOf;
  }

  get label(): string {
    return `modbus ${this.host}:${this.port}`;
  }

  async start(): Promise<void> {
    const read =
      (table: ModbusAddress['table']) =>
      (place: number, unit: number): number => {
        const registers = this.units.get(unit);
        if (registers === undefined) throw refusal(GATEWAY_TARGET_SILENT, `no unit ${unit}`);
        const content = registers.read(table, place);
        if (content === undefined) throw refusal(ILLEGAL_DATA_ADDRESS, `no ${table} ${place} in unit ${unit}`);
        return content;
      };
    const truth = (table: ModbusAddress['table']) => {
      const place = read(table);
      return (address: number, unit: number): boolean => place(address, unit) !== 0;
    };
    const vector = {
      getHoldingRegister: read('holding'),
      getInputRegister: read('input'),
      getCoil: truth('coil'),
      getDiscreteInput: truth('discrete'),
    };
    // Unit 255 makes the server answer for every unit.
    const server = new modbus.ServerTCP(vector, { host: this.host, port: this.port, unitID: 255 });
    // A client that breaks off is the client's affair.
    server.on('socketError', () => undefined);
    server.on('error', () => undefined);
    const failed = once(server, 'serverError').then(([error]) => {
      throw listenError('modbus', this.host, this.port, error);
    });
    await Promise.race([once(server, 'initialized'), failed]);
    failed.catch(() => undefined);
    this.server = server;
  }

  publish(writes: readonly Write[]): void {
    for (const write of writes) {
      const unit = this.unitOf(write);
      let registers = this.units.get(unit);
      if (registers === undefined) this.units.set(unit, (registers = new ModbusRegisters()));
      registers.write(write.point.address as ModbusAddress, write.value);
    }
  }

  async stop(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of server.socks.keys()) socket.destroy();
    await closed;
  }
}

/** An error that the server sends as a Modbus exception. */
const refusal = (modbusErrorCode: number, message: string): Error =>
  Object.assign(new Error(message), { modbusErrorCode });
