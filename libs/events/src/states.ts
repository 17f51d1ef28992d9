/** Operating states of an asset (ISO 22400, with starved and blocked as in queueing theory). */
export const OPERATING_STATES = [
  'offline',
  'idle',
  'setup',
  'running',
  'starved',
  'blocked',
  'down',
  'maintenance',
] as const;
export type OperatingState = (typeof OPERATING_STATES)[number];

/** Alarm states of ISA-18.2 that this version knows. */
export const ALARM_STATES = ['normal', 'unacknowledged', 'acknowledged', 'returned-unacknowledged'] as const;
export type AlarmState = (typeof ALARM_STATES)[number];
