import type { AssetId, AssetModel, OperatingState } from '@millwright/events';

/** Edges that a machine is told, with the logical time (epoch milliseconds) where it matters. Samples themselves never enter a machine. */
export type MachineEvent =
  ModelEdge | RetireEdge | LinkEdge | DeviceEdge | UnknownCodeEdge | PartsEdge | RangeEdge | ChildEdge;

/** The asset's model is new, or has changed. */
export interface ModelEdge {
  readonly type: 'model';
  readonly model: AssetModel;
}
/** The plant file no longer has the asset; a later `model` brings it back. */
export interface RetireEdge {
  readonly type: 'retire';
}
/** The connection of the asset's operating state. */
export type LinkEdge = { readonly type: 'link.lost'; readonly reason: string } | { readonly type: 'link.restored' };
/** The device says another operating state, or is heard again. */
export interface DeviceEdge {
  readonly type: `device.${OperatingState}`;
  readonly reason: string;
}
/** The device sent a code that the model does not map to a state. */
export interface UnknownCodeEdge {
  readonly type: 'device.unknown';
  readonly code: string;
}
/** The device completed parts of its own. */
export interface PartsEdge {
  readonly type: 'parts';
  readonly result: 'good' | 'scrap';
  readonly parts: number;
  readonly at: number;
}
/** A signal with a normal range is now below, within or above it. */
export interface RangeEdge {
  readonly type: 'range.below' | 'range.within' | 'range.above';
  readonly signal: string;
}
/** What a child concluded. */
export type ChildEdge =
  | { readonly type: 'child.state'; readonly child: AssetId; readonly state: OperatingState }
  | (Omit<PartsEdge, 'type'> & { readonly type: 'child.parts'; readonly child: AssetId });
