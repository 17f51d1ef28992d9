import type { AssetKind, OperatingState } from '@millwright/events';
import { registerEnumType } from '@nestjs/graphql';

export const AssetKindEnum = {
  ENTERPRISE: 'enterprise',
  SITE: 'site',
  AREA: 'area',
  LINE: 'line',
  STATION: 'station',
} as const satisfies Record<string, AssetKind>;
registerEnumType(AssetKindEnum, {
  name: 'AssetKind',
  description: 'Level of an asset in the hierarchy of ISA-95; a station is its work unit.',
});

export const OperatingStateEnum = {
  OFFLINE: 'offline',
  IDLE: 'idle',
  SETUP: 'setup',
  RUNNING: 'running',
  STARVED: 'starved',
  BLOCKED: 'blocked',
  DOWN: 'down',
  MAINTENANCE: 'maintenance',
} as const satisfies Record<string, OperatingState>;
registerEnumType(OperatingStateEnum, {
  name: 'OperatingState',
  description: 'What an asset is doing.',
  valuesMap: {
    OFFLINE: { description: 'Nothing is heard of it.' },
    IDLE: { description: 'Ready, with nothing to do.' },
    SETUP: { description: 'Being changed over to another product.' },
    RUNNING: { description: 'Producing.' },
    STARVED: { description: 'Ready, but no part comes from upstream.' },
    BLOCKED: { description: 'Done, but the part cannot leave downstream.' },
    DOWN: { description: 'Failed.' },
    MAINTENANCE: { description: 'Taken out of production for maintenance.' },
  },
});
