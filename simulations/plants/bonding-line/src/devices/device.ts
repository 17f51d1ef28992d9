import type { DataType, SampleValue, SignalId, SignalRole } from '@millwright/events';

/** A signal that a device must offer: where, and of what kind. */
export interface DevicePoint {
  readonly signal: SignalId;
  readonly address: unknown;
  readonly dataType: DataType;
  readonly role: SignalRole;
}

/** One value that the plant has to tell, already as the device holds it (state codes, raw values before the edge's scaling). */
export interface Write {
  readonly point: DevicePoint;
  readonly value: SampleValue;
}

/** A virtual device or broker that speaks its real protocol on one address. */
export interface Device {
  /** For people, e.g. `modbus 127.0.0.1:15020`. */
  readonly label: string;
  /** Resolves when clients can connect. Rejects with a {@link DeviceError}. */
  start(): Promise<void>;
  /** Tells all of `writes`, which became true at `time`: wall time in epoch milliseconds. */
  publish(writes: readonly Write[], time: number): void;
  stop(): Promise<void>;
}

/** A sentence for the person who starts the devices. */
export class DeviceError extends Error {
  override readonly name = 'DeviceError';
}

/** What to say when `listen` failed. */
export const listenError = (protocol: string, host: string, port: number, cause: unknown): DeviceError => {
  const code = (cause as NodeJS.ErrnoException).code;
  const why =
    code === 'EADDRINUSE'
      ? `port ${port} on ${host} is taken by another program`
      : `cannot listen on ${host}:${port}: ${cause instanceof Error ? cause.message : String(cause)}`;
  return new DeviceError(
    `${protocol} device: ${why}; end that program, or choose another port in the plant file's connections ` +
      `(in the demo plant by BONDING_${protocol.toUpperCase()}_PORT, for devices and server alike)`,
  );
};
