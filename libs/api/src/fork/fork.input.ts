import type { AlarmPriority } from '@millwright/events';
import type { ModelOverrides } from '@millwright/actor-engine';
import { Field, Float, ID, InputType } from '@nestjs/graphql';
import { AlarmPriorityEnum } from '../alarm/alarm.enums.js';
import { ApiError } from '../error/api-error.js';
import { AsOfInput } from '../plant/moment.type.js';

@InputType('RangeInput', { description: 'An end that is null is removed; one that is absent is kept.' })
export class RangeInput {
  @Field(() => Float, { nullable: true })
  readonly low?: number | null;
  @Field(() => Float, { nullable: true })
  readonly high?: number | null;
}

@InputType('AlarmLimitsInput', {
  description: "In the signal's unit. A limit that is null is removed; one that is absent is kept.",
})
export class AlarmLimitsInput {
  @Field(() => Float, { nullable: true })
  readonly lowLow?: number | null;
  @Field(() => Float, { nullable: true })
  readonly low?: number | null;
  @Field(() => Float, { nullable: true })
  readonly high?: number | null;
  @Field(() => Float, { nullable: true })
  readonly highHigh?: number | null;
  @Field(() => Float, { nullable: true, description: 'An alarm clears only this far within its limit.' })
  readonly deadband?: number | null;
  @Field(() => AlarmPriorityEnum, { nullable: true })
  readonly priority?: AlarmPriority | null;
}

@InputType('SignalOverrideInput', { description: 'Other limits for one signal.' })
export class SignalOverrideInput {
  @Field(() => String, { description: 'Local name of the signal within the asset.' })
  readonly signal!: string;
  @Field(() => RangeInput, { nullable: true })
  readonly normalRange?: RangeInput | null;
  @Field(() => AlarmLimitsInput, { nullable: true })
  readonly alarmLimits?: AlarmLimitsInput | null;
}

@InputType('AssetOverrideInput', { description: 'What differs in the fork for one asset.' })
export class AssetOverrideInput {
  @Field(() => ID)
  readonly asset!: string;
  @Field(() => Float, { nullable: true, description: 'Milliseconds.' })
  readonly idealCycleTimeMs?: number | null;
  @Field(() => Float, { nullable: true, description: 'Milliseconds.' })
  readonly staleAfterMs?: number | null;
  @Field(() => [SignalOverrideInput], { nullable: true })
  readonly signals?: SignalOverrideInput[] | null;
}

@InputType('CreateForkInput', { description: 'A span of recorded facts, and what is different in the fork.' })
export class CreateForkInput {
  @Field(() => String, { nullable: true, description: 'For people.' })
  readonly name?: string | null;
  @Field(() => AsOfInput, { description: 'The fork point.' })
  readonly from!: AsOfInput;
  @Field(() => AsOfInput, { nullable: true, description: 'Where the recorded facts end; absent: at the head.' })
  readonly until?: AsOfInput | null;
  @Field(() => [AssetOverrideInput], { description: 'None: the plant derived again under its own limits.' })
  readonly overrides!: AssetOverrideInput[];
}

/** The overrides of each asset as the engine takes them; throws INVALID when an asset or signal is there twice. */
export const toOverrides = (inputs: readonly AssetOverrideInput[]): { asset: string; overrides: ModelOverrides }[] => {
  refuseTwice(
    'overrides',
    'asset',
    inputs.map(({ asset }) => asset),
  );
  return inputs.map(({ asset, idealCycleTimeMs, staleAfterMs, signals }) => ({
    asset,
    overrides: {
      ...(idealCycleTimeMs !== undefined && { idealCycleTimeMs }),
      ...(staleAfterMs !== undefined && { staleAfterMs }),
      ...(signals && { signals: signalOverrides(asset, signals) }),
    },
  }));
};

const signalOverrides = (
  asset: string,
  signals: readonly SignalOverrideInput[],
): NonNullable<ModelOverrides['signals']> => {
  refuseTwice(
    `overrides of "${asset}"`,
    'signal',
    signals.map(({ signal }) => signal),
  );
  return Object.fromEntries(
    signals.map(({ signal, normalRange, alarmLimits }) => [
      signal,
      {
        ...(normalRange && { normalRange: { ...normalRange } }),
        ...(alarmLimits && { alarms: toAlarms(alarmLimits) }),
      },
    ]),
  );
};

/** A priority cannot be taken away, so null keeps it as absence does. */
const toAlarms = ({ priority, ...limits }: AlarmLimitsInput) => ({ ...limits, ...(priority && { priority }) });

const refuseTwice = (where: string, what: string, names: readonly string[]): void => {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new ApiError('INVALID', `${where}: ${what} "${twice}" is there twice; say it once`);
};
