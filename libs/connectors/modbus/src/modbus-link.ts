import { once } from 'node:events';
import { Socket } from 'node:net';
import { DeadlineError, errorText, withDeadline } from '@millwright/edge';
import modbus from 'modbus-serial';
import type { ModbusConnection, Table } from './address.js';

/** The device answered that it will not: a Modbus exception, or an answer that is no answer to the question. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  /** Exception code (Modbus application protocol 1.1b3, 7); undefined for a malformed answer. */
  readonly code: number | undefined;
  constructor(message: string, code?: number) {
    super(message);
    this.code = code;
  }
}

/** The link itself is gone, or the device is. */
export class LinkLostError extends Error {
  override readonly name = 'LinkLostError';
}

const READ_BY_TABLE = {
  coil: 'readCoils',
  discrete: 'readDiscreteInputs',
  holding: 'readHoldingRegisters',
  input: 'readInputRegisters',
} as const satisfies Record<Table, keyof InstanceType<typeof modbus.default>>;

const EXCEPTIONS: Readonly<Record<number, string>> = {
  1: 'the device does not know this kind of read (exception 1)',
  2: 'the device has no such address (exception 2)',
  3: 'the device refuses a read of this length (exception 3)',
  4: 'the device failed to read it (exception 4)',
  5: 'the device needs more time (exception 5)',
  6: 'the device is busy (exception 6)',
  10: 'the gateway has no path to the device (exception 10)',
  11: 'the device behind the gateway does not answer (exception 11)',
};
/** Of a gateway: every further read would meet the same silence. */
const DEVICE_AWAY: ReadonlySet<number> = new Set([10, 11]);

/** modbus-serial's errors are told apart by fields only; its time-out is not even an Error with a stack. */
const translated = (error: unknown, what: string, timeoutMs: number): Error => {
  const { modbusCode, errno } = error as { modbusCode?: number; errno?: unknown };
  if (modbusCode !== undefined) {
    const sentence = EXCEPTIONS[modbusCode] ?? `the device refuses with exception ${modbusCode}`;
    return DEVICE_AWAY.has(modbusCode) ? new LinkLostError(sentence) : new RefusedError(sentence, modbusCode);
  }
  if (errno === 'ETIMEDOUT') return new DeadlineError(what, timeoutMs);
  if (errno === 'ECONNREFUSED') return new LinkLostError('the connection is closed');
  return new RefusedError(`the answer is malformed: ${errorText(error)}`);
};

/** One TCP connection to a Modbus device. One request at a time: many devices take no more. */
export class ModbusLink {
  /** Resolves with a sentence when the connection is gone; never rejects. */
  readonly lost: Promise<string>;
  private readonly socket: Socket;
  private readonly client: InstanceType<typeof modbus.default>;
  private readonly timeoutMs: number;
  private lostReason: string | undefined;
  /** Ends the request under way; modbus-serial itself would wait for its time-out on a closed connection. */
  private abandon: ((error: LinkLostError) => void) | undefined;

  private constructor(socket: Socket, client: InstanceType<typeof modbus.default>, timeoutMs: number) {
    this.socket = socket;
    this.client = client;
    this.timeoutMs = timeoutMs;
    // The socket is ours, since modbus-serial says nothing of a connection that ended by an error.
    this.lost = new Promise((resolve) => {
      const onLost = (reason: string): void => {
        this.lostReason ??= reason;
        this.abandon?.(new LinkLostError(reason));
        resolve(reason);
      };
      socket.once('error', (error) => onLost(`the connection broke: ${errorText(error)}`));
      socket.once('close', () => onLost('the device closed the connection'));
    });
  }

  /** Connects within the connection's timeout, or rejects with a sentence. */
  static async open(connection: ModbusConnection, signal?: AbortSignal): Promise<ModbusLink> {
    const { host, port, unit, timeout } = connection;
    const socket = new Socket();
    try {
      const connected = once(socket, 'connect', signal && { signal });
      socket.connect({ host, port, noDelay: true, keepAlive: true });
      await withDeadline(connected, timeout, `Modbus device at ${host}:${port}`);
      const client = new modbus.default();
      await client.linkTCP(socket, { port });
      client.on('error', () => undefined); // the socket's own error says it
      client.setID(unit);
      client.setTimeout(timeout); // only now: before, modbus-serial would also count silence between polls
      return new ModbusLink(socket, client, timeout);
    } catch (error) {
      socket.on('error', () => undefined);
      socket.destroy();
      if (error instanceof DeadlineError) throw error;
      throw new Error(`cannot connect to the Modbus device at ${host}:${port}: ${errorText(error)}`, { cause: error });
    }
  }

  /**
   * The bytes of an answer: two per register, eight coils per byte. Rejects with RefusedError, DeadlineError (silence) or LinkLostError, each
   * with a sentence.
   */
  read(table: Table, start: number, count: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.lostReason !== undefined) return reject(new LinkLostError(this.lostReason));
      this.abandon = reject;
      this.client[READ_BY_TABLE[table]](start, count).then(
        ({ buffer }) => resolve(buffer),
        (error: unknown) => reject(translated(error, `read of ${count} from ${table} ${start}`, this.timeoutMs)),
      );
    });
  }

  close(): void {
    this.socket.destroy();
  }
}
