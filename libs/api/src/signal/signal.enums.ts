import type { LimitState } from '@millwright/alarms';
import type { DataType, QualityKind, SignalRole } from '@millwright/events';
import { registerEnumType } from '@nestjs/graphql';

export const QualityEnum = {
  GOOD: 'good',
  UNCERTAIN: 'uncertain',
  BAD: 'bad',
} as const satisfies Record<string, QualityKind>;
registerEnumType(QualityEnum, { name: 'Quality', description: 'Severity of an OPC UA status code.' });

export const DataTypeEnum = {
  NUMBER: 'number',
  INTEGER: 'integer',
  BOOLEAN: 'boolean',
  TEXT: 'text',
} as const satisfies Record<string, DataType>;
registerEnumType(DataTypeEnum, { name: 'DataType', description: 'What the values of a signal are.' });

export const SignalRoleEnum = {
  OPERATING_STATE: 'operating-state',
  GOOD_COUNT: 'good-count',
  SCRAP_COUNT: 'scrap-count',
  PART_RESULT: 'part-result',
  MEASUREMENT: 'measurement',
} as const satisfies Record<string, SignalRole>;
registerEnumType(SignalRoleEnum, {
  name: 'SignalRole',
  description: "What a signal tells its asset's machine.",
  valuesMap: {
    OPERATING_STATE: { description: "The device's own state, mapped to an operating state." },
    GOOD_COUNT: { description: "The device's running count of good parts." },
    SCRAP_COUNT: { description: "The device's running count of scrapped parts." },
    PART_RESULT: { description: 'One sample per inspected part: good or not.' },
    MEASUREMENT: { description: 'A plain measurement.' },
  },
});

export const LimitStateEnum = {
  NORMAL: 'normal',
  LOW: 'low',
  LOW_LOW: 'low-low',
  HIGH: 'high',
  HIGH_HIGH: 'high-high',
  OUT_OF_RANGE: 'out-of-range',
  UNKNOWN: 'unknown',
} as const satisfies Record<string, LimitState>;
registerEnumType(LimitStateEnum, {
  name: 'LimitState',
  description: 'A value against the alarm limits and the normal range of its signal.',
  valuesMap: {
    OUT_OF_RANGE: { description: 'Within the alarm limits but outside the normal range.' },
    UNKNOWN: { description: 'Bad quality, not a number, or a signal without limits and range.' },
  },
});
