import { evaluate } from '@millwright/alarms';
import {
  GOOD,
  qualityKind,
  sampleAt,
  type Sample,
  type SampleValue,
  type SamplesRecorded,
  type StatusCode,
} from '@millwright/events';
import { alarmsOf, changeAlarms } from './alarms.reducer.js';
import { hearAgain, reduceDeviceState } from './device.reducer.js';
import { own } from './own.js';
import { reduceCounter, reducePartResult } from './parts.reducer.js';
import { reduceRange } from './range.reducer.js';
import { planOf, type SignalPlan } from './signal-plan.js';
import type { Turn } from './turn.js';

/** How long the newest sample of a signal, by its source time, makes an older one late, milliseconds on the gateway's clock. */
export const LATE_WITHIN_MS = 60_000;

/**
 * One batch, in one pass and in order of arrival: the latest sample of each signal, and from it the edges that the machine is told.
 *
 * A sample is *late* when its signal has a newer one by source time: history, which must not move the machine or count parts again. The newer
 * one must be believable for that: not ahead of the gateway's clock, and at most a minute old; otherwise a device whose clock was set back
 * would be ignored until its clock has caught up.
 */
export const reduceSamples = (turn: Turn, batch: SamplesRecorded, eventTime: number): void => {
  const { signals, signal, value, sourceTime, status } = batch;
  const known = planOf(turn.model).signals;
  const plans = signals.map((name) => known.get(name));
  const newest = signals.map((name) => own(turn.signals, name)?.sourceTime ?? -Infinity);
  const latest = new Array<number>(signals.length).fill(-1);
  let heard = (batch.filtered?.length ?? 0) > 0;
  if (heard) hear(turn, false);

  for (let i = 0; i < signal.length; i++) {
    const s = signal[i]!;
    const plan = plans[s];
    if (!plan) continue;
    const time = eventTime + sourceTime[i]!;
    const newestTime = newest[s]!;
    const older = time < newestTime;
    if (!older) {
      newest[s] = time;
      latest[s] = i;
    }
    const quality = status?.[i] ?? GOOD;
    if (quality !== GOOD && qualityKind(quality) === 'bad') continue;
    const late = older && newestTime <= turn.now && turn.now - newestTime <= LATE_WITHIN_MS;
    if (!heard) {
      heard = true;
      hear(turn, !late && plan.signal.role === 'operating-state');
    }
    if (!plan.watched || late) continue;
    reduceValue(turn, plan, value[i]!, quality);
  }

  turn.signals = withLatest(turn.signals, batch, latest, eventTime);
};

/** The asset is not silent. A report of its state says itself what an offline one does next; anything else, that it goes on as before. */
const hear = (turn: Turn, byReport: boolean): void => {
  turn.restartSilence();
  if (!byReport && turn.operatingState === 'offline') hearAgain(turn);
};

const withLatest = (
  signals: Turn['signals'],
  batch: SamplesRecorded,
  latest: readonly number[],
  eventTime: number,
): Turn['signals'] => {
  let next: Record<string, Sample> | undefined;
  for (const i of latest) {
    if (i < 0) continue;
    next ??= { ...signals };
    const sample = sampleAt(batch, i, eventTime);
    next[sample.signal] = sample;
  }
  return next ?? signals;
};

const reduceValue = (turn: Turn, { name, signal }: SignalPlan, value: SampleValue, status: StatusCode): void => {
  switch (signal.role) {
    case 'operating-state':
      reduceDeviceState(turn, signal, value);
      break;
    case 'good-count':
    case 'scrap-count':
      reduceCounter(turn, signal, value);
      break;
    case 'part-result':
      reducePartResult(turn, value);
      break;
    case 'measurement':
      break;
  }
  if (signal.alarms) changeAlarms(turn, name, evaluate(signal.alarms, alarmsOf(turn, name), value, status));
  if (signal.normalRange && turn.wantsRanges) reduceRange(turn, signal, value);
};
