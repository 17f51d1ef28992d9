export { DeviceError } from './devices/device.js';
export { LineModel } from './line-model/line-model.js';
export type * from './line-model/line-spec.js';
export { readPlant } from './plant-files.js';
export * from './virtual-plant.js';
