import { OPERATING_STATES, type AssetModel, type OperatingState, type SignalModel } from '@millwright/events';

/** What the reducer must know of one signal. */
export interface SignalPlan {
  readonly name: string;
  readonly signal: SignalModel;
  /** A sample of it can be an edge; the others only become the latest. */
  readonly watched: boolean;
}

/** What the reducer must know of a model, worked out once per model. */
export interface ModelPlan {
  readonly signals: ReadonlyMap<string, SignalPlan>;
  readonly stateSignal: SignalModel | undefined;
}

const plans = new WeakMap<AssetModel, ModelPlan>();

export const planOf = (model: AssetModel): ModelPlan => {
  const known = plans.get(model);
  if (known) return known;
  const plan: ModelPlan = {
    signals: new Map(model.signals.map((signal) => [signal.name, planSignal(signal)])),
    stateSignal: model.signals.find(({ role }) => role === 'operating-state'),
  };
  plans.set(model, plan);
  return plan;
};

const planSignal = (signal: SignalModel): SignalPlan => ({
  name: signal.name,
  signal,
  watched: signal.role !== 'measurement' || signal.alarms !== undefined || signal.normalRange !== undefined,
});

const STATES: ReadonlySet<string> = new Set(OPERATING_STATES);

/** The operating state that a device's code stands for; a signal without `states` may send the states' own names. */
export const mapState = ({ states }: SignalModel, code: string): OperatingState | undefined => {
  if (states) return Object.hasOwn(states, code) ? states[code] : undefined;
  return STATES.has(code) ? (code as OperatingState) : undefined;
};
