import { limitState, type LimitState } from '@millwright/alarms';
import {
  qualityKind,
  signalId,
  type AlarmLimits,
  type AlarmPriority,
  type DataType,
  type QualityKind,
  type SampleValue,
  type SignalModel,
  type SignalRole,
} from '@millwright/events';
import type { SampleView, SignalHistory } from '@millwright/read-model';
import { Field, Float, ID, Int, ObjectType } from '@nestjs/graphql';
import { AlarmPriorityEnum } from '../alarm/alarm.enums.js';
import { AssetType } from '../asset/asset.type.js';
import { DateTimeScalar } from '../scalar/date-time.scalar.js';
import { PositionScalar } from '../scalar/position.scalar.js';
import { SampleValueScalar } from '../scalar/sample-value.scalar.js';
import { DataTypeEnum, LimitStateEnum, QualityEnum, SignalRoleEnum } from './signal.enums.js';

@ObjectType('Range', { description: 'A closed range; an end that is null is open.' })
export class RangeType {
  @Field(() => Float, { nullable: true })
  readonly low?: number;
  @Field(() => Float, { nullable: true })
  readonly high?: number;
}

@ObjectType('AlarmLimits', { description: "Alarm limits of a signal, in the signal's unit; null: no such limit." })
export class AlarmLimitsType {
  @Field(() => Float, { nullable: true })
  readonly lowLow?: number;
  @Field(() => Float, { nullable: true })
  readonly low?: number;
  @Field(() => Float, { nullable: true })
  readonly high?: number;
  @Field(() => Float, { nullable: true })
  readonly highHigh?: number;
  @Field(() => Float, { nullable: true, description: 'An alarm clears only this far within its limit (ISA-18.2).' })
  readonly deadband?: number;
  @Field(() => AlarmPriorityEnum)
  readonly priority: AlarmPriority;

  constructor(limits: AlarmLimits) {
    Object.assign(this, limits);
    this.priority = limits.priority ?? 'medium';
  }
}

@ObjectType('QualitySpec', { description: 'What a quality characteristic must be.' })
export class QualitySpecType {
  @Field(() => String)
  readonly characteristic!: string;
  @Field(() => Float, { nullable: true })
  readonly lower?: number;
  @Field(() => Float, { nullable: true })
  readonly target?: number;
  @Field(() => Float, { nullable: true })
  readonly upper?: number;
}

@ObjectType('SignalSource', { description: 'Where a signal comes from, for people to read.' })
export class SignalSourceType {
  @Field(() => String)
  readonly connection!: string;
  @Field(() => String)
  readonly protocol!: string;
  @Field(() => String)
  readonly address!: string;
}

@ObjectType('Signal', { description: 'One measured point of an asset.' })
export class SignalType {
  @Field(() => AssetType)
  readonly asset: AssetType;
  readonly model: SignalModel;

  constructor(asset: AssetType, model: SignalModel) {
    this.asset = asset;
    this.model = model;
  }

  @Field(() => ID, { description: '`<asset id>:<signal name>`' })
  get id(): string {
    return signalId(this.asset.id, this.model.name);
  }
  @Field(() => String, { description: 'Name within its asset.' })
  get name(): string {
    return this.model.name;
  }
  @Field(() => String, { nullable: true, description: 'Name for people.' })
  get label(): string | undefined {
    return this.model.label;
  }
  @Field(() => DataTypeEnum)
  get dataType(): DataType {
    return this.model.dataType;
  }
  @Field(() => String, { nullable: true, description: 'UCUM code, e.g. `Cel`, `m/min`.' })
  get unit(): string | undefined {
    return this.model.unit;
  }
  @Field(() => SignalRoleEnum)
  get role(): SignalRole {
    return this.model.role;
  }
  @Field(() => RangeType, { nullable: true, description: 'Where its values normally lie.' })
  get normalRange(): RangeType | undefined {
    return this.model.normalRange;
  }
  @Field(() => AlarmLimitsType, { nullable: true })
  get alarmLimits(): AlarmLimitsType | undefined {
    return this.model.alarms && new AlarmLimitsType(this.model.alarms);
  }
  @Field(() => QualitySpecType, { nullable: true })
  get spec(): QualitySpecType | undefined {
    return this.model.spec;
  }
  @Field(() => SignalSourceType, { nullable: true })
  get source(): SignalSourceType | undefined {
    return this.model.source;
  }
}

@ObjectType('Sample', { description: 'One measured value with its quality and its times.' })
export class SampleType {
  private readonly view: SampleView;
  private readonly model: SignalModel;

  constructor(view: SampleView, model: SignalModel) {
    this.view = view;
    this.model = model;
  }

  @Field(() => SampleValueScalar)
  get value(): SampleValue {
    return this.view.value;
  }
  @Field(() => QualityEnum)
  get quality(): QualityKind {
    return qualityKind(this.view.status);
  }
  @Field(() => String, { description: 'OPC UA status code, e.g. `0x80000000`.' })
  get statusCode(): string {
    return `0x${this.view.status.toString(16).toUpperCase().padStart(8, '0')}`;
  }
  @Field(() => DateTimeScalar, { description: "The device's own time; history is ordered by it." })
  get sourceTime(): number {
    return this.view.time;
  }
  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "The protocol server's time, where the protocol has one.",
  })
  get serverTime(): number | undefined {
    return this.view.serverTime;
  }
  @Field(() => DateTimeScalar, {
    description: "The gateway's clock at receipt: the time of the event that recorded it.",
  })
  get eventTime(): number {
    return this.view.eventTime;
  }
  @Field(() => LimitStateEnum, {
    description: 'The value against the alarm limits and the normal range of the moment.',
  })
  get limit(): LimitState {
    return limitState(this.model, this.view);
  }
  @Field(() => PositionScalar, { description: 'Position of the event that recorded it.' })
  get position(): bigint {
    return this.view.position;
  }
}

@ObjectType('Series', {
  description:
    'History of a signal in columns of equal length, ordered by source time. Raw: `last` is the value and `count` is 1.',
})
export class SeriesType {
  private readonly history: SignalHistory;

  constructor(history: SignalHistory) {
    this.history = history;
  }

  @Field(() => Float, { nullable: true, description: 'Width of a bucket, milliseconds; null for raw samples.' })
  get bucketMs(): number | undefined {
    return this.history.bucketMs;
  }
  @Field(() => [Float], { description: 'Start of the bucket, or source time of the sample; epoch milliseconds.' })
  get time(): readonly number[] {
    return this.history.time;
  }
  @Field(() => [Float], { nullable: 'items', description: 'Mean of the numeric samples that are not bad.' })
  get avg(): readonly (number | null)[] {
    return this.history.avg;
  }
  @Field(() => [Float], { nullable: 'items' })
  get min(): readonly (number | null)[] {
    return this.history.min;
  }
  @Field(() => [Float], { nullable: 'items' })
  get max(): readonly (number | null)[] {
    return this.history.max;
  }
  @Field(() => [SampleValueScalar], { nullable: 'items', description: 'The last value in the bucket.' })
  get last(): readonly (SampleValue | null)[] {
    return this.history.last;
  }
  @Field(() => [Int], { description: 'Samples in the bucket.' })
  get count(): readonly number[] {
    return this.history.count;
  }
  @Field(() => [QualityEnum], { description: 'Quality of `last`.' })
  get quality(): readonly QualityKind[] {
    return this.history.status.map(qualityKind);
  }
  @Field(() => Boolean, { description: 'There was more than `first` allowed; ask again from the last time.' })
  get truncated(): boolean {
    return this.history.truncated;
  }
}
