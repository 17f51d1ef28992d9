import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import getPort from 'get-port';
import { ServerTCP } from 'modbus-serial';

const listening = async (server: Server, port = 0): Promise<number> => {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};

const illegalAddress = (): never => {
  throw Object.assign(new Error('no such address'), { modbusErrorCode: 2 });
};

/** A Modbus TCP device of modbus-serial on loopback; addresses that were never set do not exist. */
export class ModbusDevice {
  readonly holding = new Map<number, number>();
  readonly input = new Map<number, number>();
  readonly coils = new Map<number, boolean>();
  readonly discretes = new Map<number, boolean>();
  /** Every register or bit that was asked for, in order of the requests. */
  readonly asked: number[] = [];
  port = 0;
  private server: ServerTCP | undefined;

  static async started(): Promise<ModbusDevice> {
    const device = new ModbusDevice();
    device.port = await getPort();
    await device.start();
    return device;
  }

  async start(): Promise<void> {
    const look = <Value>(table: Map<number, Value>, address: number): Value => {
      this.asked.push(address);
      return table.get(address) ?? illegalAddress();
    };
    this.server = new ServerTCP(
      {
        getHoldingRegister: (address: number) => look(this.holding, address),
        getInputRegister: (address: number) => look(this.input, address),
        getCoil: (address: number) => look(this.coils, address),
        getDiscreteInput: (address: number) => look(this.discretes, address),
      },
      { host: '127.0.0.1', port: this.port },
    );
    this.server.on('socketError', () => undefined);
    await once(this.server, 'initialized');
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  /** Writes registers from the address on, high byte first. */
  setBytes(table: 'holding' | 'input', address: number, bytes: Buffer): void {
    for (let at = 0; at < bytes.length; at += 2) this[table].set(address + at / 2, bytes.readUInt16BE(at));
  }
}

/** Accepts connections and answers each request frame with what `answer` makes of it, or not at all. */
export class RawDevice {
  readonly port: number;
  readonly requests: Buffer[] = [];
  private readonly server: Server;
  private readonly sockets: Set<Socket>;

  private constructor(server: Server, sockets: Set<Socket>, port: number, requests: Buffer[]) {
    this.server = server;
    this.sockets = sockets;
    this.port = port;
    this.requests = requests;
  }

  static async started(answer: (request: Buffer, n: number) => Buffer | undefined): Promise<RawDevice> {
    const sockets = new Set<Socket>();
    const requests: Buffer[] = [];
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', (request) => {
        requests.push(request);
        const bytes = answer(request, requests.length);
        if (bytes) socket.write(bytes);
      });
    });
    return new RawDevice(server, sockets, await listening(server), requests);
  }

  /** An answer with these registers to a request of function 3 or 4. */
  static registers(request: Buffer, ...values: number[]): Buffer {
    const answer = Buffer.alloc(9 + values.length * 2);
    request.copy(answer, 0, 0, 8);
    answer.writeUInt16BE(3 + values.length * 2, 4);
    answer.writeUInt8(values.length * 2, 8);
    values.forEach((value, i) => answer.writeUInt16BE(value, 9 + i * 2));
    return answer;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}
