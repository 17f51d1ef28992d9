export type { AssetContext, AssetInput, CycleEmitted } from './asset-context.js';
export * from './group.machine.js';
export * from './line.machine.js';
export * from './machine-event.js';
export * from './oven.machine.js';
export * from './registry.js';
export { SILENCE } from './silence.js';
export * from './station.machine.js';
