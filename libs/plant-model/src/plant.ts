import type { AssetId, AssetModel, SignalId } from '@millwright/events';
import type { LineSimulation, SignalSimulation, StationSimulation } from './simulation-block.js';

/** What the edge does to a signal's samples before they are stored; all optional. */
export interface EdgeRule {
  /** value × scale + offset; numbers only. */
  readonly scale?: number;
  readonly offset?: number;
  /** A number that moved less than this since the last stored one is filtered; in the signal's unit, after scaling. */
  readonly deadband?: number;
  /** Samples closer than this to the last stored one are filtered, milliseconds. */
  readonly minIntervalMs?: number;
  /** Even an unchanged value is stored after this, milliseconds. */
  readonly heartbeatMs?: number;
}

/** One device or broker, its settings validated by its protocol's schema. */
export interface ConnectionModel {
  /** Unique in the server: `<line asset id>/<name in the file>`. */
  readonly name: string;
  readonly protocol: string;
  readonly settings: unknown;
}

/** Signal ↔ protocol address. */
export interface Binding {
  readonly signal: SignalId;
  readonly asset: AssetId;
  /** {@link ConnectionModel.name} */
  readonly connection: string;
  readonly address: unknown;
  readonly intervalMs: number;
  readonly edge: EdgeRule;
}

/** A station with a `simulation:` block, and those of its signals by local name, in the order of the file. */
export interface SimulatedStation extends StationSimulation {
  readonly asset: AssetId;
  readonly signals: Readonly<Record<string, SignalSimulation>>;
}

/** What the virtual devices need of one line: present when a station has a `simulation:` block. */
export interface SimulatedLine extends LineSimulation {
  readonly line: AssetId;
  /** Those with a block, in the order of flow. */
  readonly stations: readonly SimulatedStation[];
}

/** All plant files together. */
export interface Plant {
  /** Parents before children. */
  readonly assets: readonly AssetModel[];
  readonly connections: readonly ConnectionModel[];
  readonly bindings: readonly Binding[];
  readonly simulations: readonly SimulatedLine[];
}
