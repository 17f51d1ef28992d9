import {
  acknowledge,
  applyChanges,
  NO_ALARMS,
  relimit,
  splitAlarmName,
  type AlarmChange,
  type SignalAlarms,
} from '@millwright/alarms';
import { canonicalJson, type AlarmAcknowledged, type AssetModel } from '@millwright/events';
import { keepKeys, own } from './own.js';
import { planOf } from './signal-plan.js';
import type { Turn } from './turn.js';

export const alarmsOf = (turn: Turn, signal: string): SignalAlarms => own(turn.alarms, signal) ?? NO_ALARMS;

/** Takes the changes of one signal's alarms, and concludes them. */
export const changeAlarms = (
  turn: Turn,
  signal: string,
  changes: readonly AlarmChange[],
  by?: Pick<AlarmAcknowledged, 'by' | 'note'>,
): void => {
  if (changes.length === 0) return;
  const after = applyChanges(alarmsOf(turn, signal), changes);
  turn.alarms =
    after === NO_ALARMS ? keepKeys(turn.alarms, (name) => name !== signal) : { ...turn.alarms, [signal]: after };
  for (const change of changes) turn.concludeAlarm(signal, change, by);
};

export const acknowledgeAlarm = (turn: Turn, { alarm, by, note }: AlarmAcknowledged): void => {
  const named = splitAlarmName(alarm);
  if (!named) return;
  const limits = planOf(turn.model).signals.get(named.signal)?.signal.alarms;
  const change = acknowledge(limits, alarmsOf(turn, named.signal), named.level);
  if (change) changeAlarms(turn, named.signal, [change], { by, ...(note !== undefined && { note }) });
};

/** Judges the alarms by the new model's limits where they differ from the old ones. */
export const relimitAlarms = (turn: Turn, before: AssetModel, after: AssetModel): void => {
  const now = planOf(after).signals;
  for (const { name, alarms: old } of before.signals) {
    if (!now.has(name)) changeAlarms(turn, name, relimit(old, undefined, alarmsOf(turn, name), undefined));
  }
  const old = planOf(before).signals;
  for (const { name, alarms } of after.signals) {
    const limits = old.get(name)?.signal.alarms;
    if (canonicalJson(limits) === canonicalJson(alarms)) continue;
    changeAlarms(turn, name, relimit(limits, alarms, alarmsOf(turn, name), own(turn.signals, name)));
  }
};

/** Ends every alarm of an asset that is no more. */
export const endAlarms = (turn: Turn): void => {
  for (const { name, alarms } of turn.model.signals) {
    changeAlarms(turn, name, relimit(alarms, undefined, alarmsOf(turn, name), undefined, 'asset retired'));
  }
};
