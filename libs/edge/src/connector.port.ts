import type { SignalId, StatusCode } from '@millwright/events';
import type { z } from 'zod';
import type { BackoffOptions } from './link/backoff.js';

/** A value as the protocol gave it, before the edge pipeline has looked at it. Times are epoch milliseconds. */
export interface RawSample {
  readonly signal: SignalId;
  /** Whatever came; the pipeline checks it against the signal's data type. */
  readonly value: unknown;
  /** OPC UA status code; protocols without quality say good for a value that arrived. */
  readonly status: StatusCode;
  /** The device's time where the protocol has one. */
  readonly sourceTime?: number;
  readonly serverTime?: number;
  /** The protocol may have delivered this before, to a process that has ended: what the log has already is not stored twice. */
  readonly redelivered?: boolean;
}

/** What a connector hands its samples to. */
export interface SampleSink {
  /**
   * For a connector that can wait (poll, MQTT QoS 1): takes samples in the order of arrival. Resolves when each one is durable in the log, or
   * counted as filtered or rejected; rejects when the sink has closed. The connector waits for it before it acknowledges or asks for
   * more, and never has more than its own bounded window outstanding; in return nothing it offers is refused for lack of room.
   */
  offer(samples: readonly RawSample[]): Promise<void>;
  /**
   * For a connector that cannot wait (OPC UA notifications, MQTT QoS 0): as `offer`, but what the bounded queue has no room for is counted as
   * rejected (`overload`). After the sink has closed it does nothing.
   */
  push(samples: readonly RawSample[]): void;
  /** The link to the device came up or went down; `reason` is a sentence. Repeating the same state is harmless. */
  link(state: 'up' | 'down', reason: string): void;
  /** A message that belongs to no signal, or cannot be decoded: counted under the connection. `example` is cut to 100 characters. */
  reject(reason: string, example: string): void;
}

export interface ConnectorHealth {
  readonly link: 'up' | 'connecting' | 'down';
  /** A sentence for people: what is the case, and what to do when something is wrong. */
  readonly detail: string;
  readonly reconnects: number;
  readonly lastError?: string;
  /** Epoch milliseconds of the last sample or answer. */
  readonly lastSeen?: number;
  /** Signals that cannot be read, each with the reason; the others go on. */
  readonly faults: readonly { readonly signal: SignalId; readonly reason: string }[];
}

export interface ProbeReport {
  readonly ok: boolean;
  /** A sentence saying what is wrong and what to do, or what was found. */
  readonly detail: string;
  readonly signals: readonly { readonly signal: SignalId; readonly ok: boolean; readonly detail: string }[];
}

/** One signal to read: its id and its address in the protocol, already validated by the protocol's `address` schema. */
export interface Point<Address> {
  readonly signal: SignalId;
  readonly address: Address;
  /** Rate wanted, milliseconds: the sampling or polling interval. */
  readonly intervalMs: number;
}

export interface ConnectorOptions<Connection, Address> {
  /** Name of the connection in the plant file. */
  readonly name: string;
  readonly connection: Connection;
  readonly points: readonly Point<Address>[];
  /** Wall clock, epoch milliseconds. */
  readonly now: () => number;
  /** Delays between tries to connect; the defaults are for plants, tests are in a hurry. */
  readonly backoff?: BackoffOptions;
}

/** One link to one device or broker. It knows protocol, times and quality; not assets' meaning, not the log. */
export interface Connector {
  /** Dry run: connects, reads each point once, persists nothing, disconnects. Never throws: the report says it. */
  probe(deadlineMs: number): Promise<ProbeReport>;
  /** Runs until the signal aborts, reconnecting with backoff for ever; resolves after a clean disconnect. Throws only on a defect of its own. */
  run(sink: SampleSink, signal: AbortSignal): Promise<void>;
  health(): ConnectorHealth;
}

/** A protocol: the one thing that a connector's folder exports, and the one line of the registry. */
export interface Protocol<Connection = unknown, Address = unknown> {
  /** As `protocol:` in the plant file: `opcua`, `modbus`, `mqtt`. */
  readonly name: string;
  readonly connection: z.ZodType<Connection>;
  readonly address: z.ZodType<Address>;
  /** The address in a few characters for people: `holding 40001 int16`, `ns=2;s=Oven.Zone1`. */
  describe(address: Address): string;
  connect(options: ConnectorOptions<Connection, Address>): Connector;
}
