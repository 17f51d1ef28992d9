import type { AlarmLimits, AlarmPriority, AssetModel, Range, SignalModel } from '@millwright/events';

/** What a fork changes in a model: absent keeps, null removes. Milliseconds, and each signal's own unit. */
export interface ModelOverrides {
  readonly idealCycleTimeMs?: number | null;
  readonly staleAfterMs?: number | null;
  readonly signals?: Readonly<Record<string, SignalOverrides>>;
}

export interface SignalOverrides {
  readonly normalRange?: { readonly low?: number | null; readonly high?: number | null };
  readonly alarms?: {
    readonly lowLow?: number | null;
    readonly low?: number | null;
    readonly high?: number | null;
    readonly highHigh?: number | null;
    readonly deadband?: number | null;
    readonly priority?: AlarmPriority | null;
  };
}

export type Overridden =
  { readonly ok: true; readonly model: AssetModel } | { readonly ok: false; readonly reason: string };

/** The model with the overrides, or a sentence saying which one cannot be. */
export const applyOverrides = (model: AssetModel, overrides: ModelOverrides): Overridden => {
  const { signals = {}, ...times } = overrides;
  const unknown = Object.keys(signals).find((name) => !model.signals.some((signal) => signal.name === name));
  if (unknown !== undefined) {
    const names = model.signals.map(({ name }) => name).join(', ') || 'none';
    return refuse(`"${model.asset}" has no signal "${unknown}"; its signals: ${names}`);
  }
  const next = patched(model, {
    ...times,
    signals: model.signals.map((signal) =>
      Object.hasOwn(signals, signal.name) ? overrideSignal(signal, signals[signal.name]!) : signal,
    ),
  });
  const problem = problemOfTimes(next) ?? firstProblem(next.signals.filter(({ name }) => Object.hasOwn(signals, name)));
  return problem === undefined ? { ok: true, model: next } : refuse(`"${model.asset}": ${problem}`);
};

const refuse = (reason: string): Overridden => ({ ok: false, reason });

type Patch<T> = { readonly [Key in keyof T]?: T[Key] | null | undefined };

/** The object with the patch's values: undefined keeps, null removes. */
const patched = <T extends object>(target: T, patch: Patch<T>): T => {
  const next = { ...target };
  for (const key of Object.keys(patch) as (keyof T)[]) {
    const value = patch[key];
    if (value === null) delete next[key];
    else if (value !== undefined) next[key] = value as T[keyof T];
  }
  return next;
};

const overrideSignal = (signal: SignalModel, { normalRange, alarms }: SignalOverrides): SignalModel => {
  const range = normalRange && patched<Range>(signal.normalRange ?? {}, normalRange);
  const limits = alarms && patched<AlarmLimits>(signal.alarms ?? {}, alarms);
  return patched(signal, {
    normalRange: range && (Object.keys(range).length === 0 ? null : range),
    alarms: limits && (ORDERED.some((key) => limits[key] !== undefined) ? limits : null),
  });
};

/** Limits from the lowest to the highest. */
const ORDERED = ['lowLow', 'low', 'high', 'highHigh'] as const;

const problemOfTimes = (model: AssetModel): string | undefined => {
  for (const key of ['idealCycleTimeMs', 'staleAfterMs'] as const) {
    const ms = model[key];
    if (ms !== undefined && !(Number.isFinite(ms) && ms > 0)) return `${key} is ${ms}; expected milliseconds above 0`;
  }
  return undefined;
};

const firstProblem = (signals: readonly SignalModel[]): string | undefined => {
  for (const signal of signals) {
    const problem = problemOfSignal(signal);
    if (problem !== undefined) return `signal "${signal.name}": ${problem}`;
  }
  return undefined;
};

const problemOfSignal = ({ dataType, normalRange, alarms }: SignalModel): string | undefined => {
  const numeric = dataType === 'number' || dataType === 'integer';
  if (!numeric && (normalRange || alarms)) return `it holds ${dataType}, and only numbers have a range or alarm limits`;
  for (const [key, value] of [...Object.entries(normalRange ?? {}), ...Object.entries(alarms ?? {})]) {
    if (key !== 'priority' && !Number.isFinite(value)) return `${key} is ${String(value)}; expected a finite number`;
  }
  if ((alarms?.deadband ?? 0) < 0) return `deadband is ${alarms?.deadband}; expected 0 or more`;
  return (
    outOfOrder(normalRange ?? {}, ['low', 'high'], 'normal range') ?? outOfOrder(alarms ?? {}, ORDERED, 'alarm limits')
  );
};

const outOfOrder = (
  limits: AlarmLimits,
  keys: readonly (typeof ORDERED)[number][],
  what: string,
): string | undefined => {
  const set = keys.flatMap((key) => (limits[key] === undefined ? [] : [{ key, value: limits[key] }]));
  const at = set.findIndex(({ value }, i) => i > 0 && value < set[i - 1]!.value);
  if (at < 0) return undefined;
  const [below, above] = [set[at - 1]!, set[at]!];
  return `${what}: ${above.key} ${above.value} lies below ${below.key} ${below.value}; expected ${keys.join(' <= ')}`;
};
