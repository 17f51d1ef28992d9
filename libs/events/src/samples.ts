import { GOOD, type StatusCode } from './quality.js';

export type SampleValue = number | boolean | string;

/** One measured value of one signal, after the edge pipeline. Times are epoch milliseconds. */
export interface Sample {
  /** Local signal name within its asset. */
  readonly signal: string;
  readonly value: SampleValue;
  readonly status: StatusCode;
  /** The device's own time, else the time of receipt; history is keyed by it, state is not driven by it. */
  readonly sourceTime: number;
  /** The protocol server's time, where the protocol has one. */
  readonly serverTime?: number;
}

/**
 * Samples of one asset in columns, as they stand in the log: readable JSON for any EventStoreDB tool, small in bulk.
 * All columns have one entry per sample, in order of arrival. `sourceTime` and `serverTime` are milliseconds
 * relative to the event's time. `status` is absent when every sample is good, `serverTime` when no sample has one.
 */
export interface SampleColumns {
  readonly signals: readonly string[];
  /** Index into `signals`. */
  readonly signal: readonly number[];
  readonly value: readonly SampleValue[];
  readonly sourceTime: readonly number[];
  readonly serverTime?: readonly (number | null)[];
  readonly status?: readonly StatusCode[];
}

export const encodeSamples = (samples: readonly Sample[], eventTime: number): SampleColumns => {
  const index = new Map<string, number>();
  const count = samples.length;
  const signal = new Array<number>(count);
  const value = new Array<SampleValue>(count);
  const sourceTime = new Array<number>(count);
  let allGood = true;
  let anyServerTime = false;
  for (let i = 0; i < count; i++) {
    const sample = samples[i]!;
    let at = index.get(sample.signal);
    if (at === undefined) index.set(sample.signal, (at = index.size));
    signal[i] = at;
    value[i] = sample.value;
    sourceTime[i] = sample.sourceTime - eventTime;
    allGood &&= sample.status === GOOD;
    anyServerTime ||= sample.serverTime !== undefined;
  }
  return {
    signals: [...index.keys()],
    signal,
    value,
    sourceTime,
    ...(anyServerTime && {
      serverTime: samples.map((s) => (s.serverTime === undefined ? null : s.serverTime - eventTime)),
    }),
    ...(!allGood && { status: samples.map((s) => s.status) }),
  };
};

/** The i-th sample of a batch; the caller keeps 0 <= i < columns.signal.length. */
export const sampleAt = (columns: SampleColumns, i: number, eventTime: number): Sample => {
  const serverTime = columns.serverTime?.[i];
  return {
    signal: columns.signals[columns.signal[i]!]!,
    value: columns.value[i]!,
    status: columns.status?.[i] ?? GOOD,
    sourceTime: eventTime + columns.sourceTime[i]!,
    ...(serverTime != null && { serverTime: eventTime + serverTime }),
  };
};

export const decodeSamples = (columns: SampleColumns, eventTime: number): Sample[] =>
  columns.signal.map((_, i) => sampleAt(columns, i, eventTime));
