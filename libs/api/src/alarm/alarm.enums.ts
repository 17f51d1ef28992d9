import type { AlarmPriority, AlarmState, LimitLevel } from '@millwright/events';
import { registerEnumType } from '@nestjs/graphql';

export const AlarmStateEnum = {
  NORMAL: 'normal',
  UNACKNOWLEDGED: 'unacknowledged',
  ACKNOWLEDGED: 'acknowledged',
  RETURNED_UNACKNOWLEDGED: 'returned-unacknowledged',
} as const satisfies Record<string, AlarmState>;
registerEnumType(AlarmStateEnum, {
  name: 'AlarmState',
  description: 'State of an alarm in the words of ISA-18.2.',
  valuesMap: {
    NORMAL: { description: 'The value is within its limit, and nobody needs to look.' },
    UNACKNOWLEDGED: { description: 'The value is beyond its limit, and nobody has seen it.' },
    ACKNOWLEDGED: { description: 'The value is beyond its limit, and somebody has seen it.' },
    RETURNED_UNACKNOWLEDGED: { description: 'The value came back before anybody saw that it had left.' },
  },
});

export const AlarmPriorityEnum = {
  CRITICAL: 'critical',
  HIGH: 'high',
  MEDIUM: 'medium',
  LOW: 'low',
} as const satisfies Record<string, AlarmPriority>;
registerEnumType(AlarmPriorityEnum, { name: 'AlarmPriority', description: 'How soon somebody must act.' });

export const LimitLevelEnum = {
  LOW_LOW: 'low-low',
  LOW: 'low',
  HIGH: 'high',
  HIGH_HIGH: 'high-high',
} as const satisfies Record<string, LimitLevel>;
registerEnumType(LimitLevelEnum, { name: 'LimitLevel', description: 'Which of the four alarm limits of a signal.' });
