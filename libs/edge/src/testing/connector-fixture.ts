import type { Protocol } from '../connector.port.js';

export type PointName = 'first' | 'second';

/** A device of one protocol on loopback, listening, with two readable numeric points and one that it does not have. */
export interface ConnectorFixture<Connection, Address> {
  readonly protocol: Protocol<Connection, Address>;
  /** As a plant file has it, before the protocol's schema has seen it: reaches the device. */
  readonly connection: unknown;
  /** As `connection`, but nothing listens there. */
  readonly absentConnection: unknown;
  readonly addresses: Readonly<Record<PointName | 'wrong', unknown>>;
  /** Whether samples carry the device's own time. */
  readonly hasSourceTime: boolean;
  /** Most samples that may be unanswered at once; undefined for a protocol that cannot wait (it must use `push`). */
  readonly maxOutstanding: number | undefined;
  /**
   * The point has this whole number from now on. Where the protocol pushes, it is sent, and a client that comes later gets it too. The
   * wrong point may be made recognisable as wrong here, e.g. by a message that lacks its path.
   */
  write(point: PointName, value: number): Promise<void>;
  /** The first point now has a value that is no number (NaN, or a text), which is returned as the sink must see it. */
  lie(): Promise<unknown>;
  /** The device goes away: connections are cut, the port is closed. */
  stop(): Promise<void>;
  /** It comes back on the same port, with the values it had. */
  start(): Promise<void>;
  close(): Promise<void>;
}
