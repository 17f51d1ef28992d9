import { limitOf, splitAlarmName } from '@millwright/alarms';
import type { AlarmState, OperatingState } from '@millwright/events';
import type { ActorRecord } from './actor-record.js';
import { operatingStateOf, runtimeOf, snapshotOf } from './machine-runtime.js';
import { own } from './own.js';
import { planOf } from './signal-plan.js';

/** State of one alarm, named `<signal>/<level>`; undefined when the asset's model has no such limit. */
export const alarmState = (record: ActorRecord, alarm: string): AlarmState | undefined => {
  const named = splitAlarmName(alarm);
  const signal = named && planOf(record.model).signals.get(named.signal)?.signal;
  if (!named || limitOf(signal?.alarms, named.level) === undefined) return undefined;
  return own(record.alarms, named.signal)?.[named.level] ?? 'normal';
};

/** The operating state that the actor's machine is in. */
export const operatingState = (record: ActorRecord): OperatingState =>
  operatingStateOf(snapshotOf(runtimeOf(record.machine), record.state));
