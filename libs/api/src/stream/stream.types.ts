import {
  GOOD,
  qualityKind,
  type AlarmPriority,
  type AlarmState,
  type AlarmStateChanged,
  type LimitLevel,
  type OperatingState,
  type OperatingStateChanged,
  type QualityKind,
  type SampleColumns,
  type SampleValue,
} from '@millwright/events';
import type { RecordedEvent } from '@millwright/event-store';
import { createUnionType, Field, Float, ID, ObjectType } from '@nestjs/graphql';
import { AlarmPriorityEnum, AlarmStateEnum, LimitLevelEnum } from '../alarm/alarm.enums.js';
import { OperatingStateEnum } from '../asset/asset.enums.js';
import { LogEventType } from '../event/log-event.type.js';
import { DateTimeScalar } from '../scalar/date-time.scalar.js';
import { PositionScalar } from '../scalar/position.scalar.js';
import { SampleValueScalar } from '../scalar/sample-value.scalar.js';
import { QualityEnum } from '../signal/signal.enums.js';

@ObjectType('CaughtUp', { description: 'Everything recorded before has been handed over; what follows is live.' })
export class CaughtUpType {
  @Field(() => PositionScalar, { description: 'Up to where: the token to resume from; "0" while the log is empty.' })
  readonly position: bigint;
  constructor(position: bigint) {
    this.position = position;
  }
}

@ObjectType('Gap', {
  description:
    'The log cannot continue after the token: what lies between may be lost to this subscriber. Read the present state with a query; the stream goes on.',
})
export class GapType {
  @Field(() => PositionScalar, { description: 'The token given.' })
  readonly fromPosition: bigint;
  @Field(() => PositionScalar, { description: 'From here on nothing is left out.' })
  readonly toPosition: bigint;
  @Field(() => String, { description: 'Why, in a sentence.' })
  readonly reason: string;
  constructor(fromPosition: bigint, toPosition: bigint, reason: string) {
    this.fromPosition = fromPosition;
    this.toPosition = toPosition;
    this.reason = reason;
  }
}

@ObjectType('EventBatch', { description: 'Events that arrived together, in log order.' })
export class EventBatchType {
  @Field(() => [LogEventType])
  readonly events: readonly LogEventType[];
  @Field(() => PositionScalar, { description: 'Position of the last one: the token to resume after the batch.' })
  readonly position: bigint;
  constructor(events: readonly RecordedEvent[]) {
    this.events = events.map((event) => new LogEventType(event));
    this.position = events.at(-1)!.position;
  }
}

@ObjectType('SampleBatch', {
  description: 'Samples of one asset that were recorded together, in columns of equal length.',
})
export class SampleBatchType {
  @Field(() => ID)
  readonly asset: string;
  @Field(() => DateTimeScalar, { description: "The gateway's clock at receipt." })
  readonly eventTime: number;
  @Field(() => PositionScalar, { description: 'The token to resume after the batch.' })
  readonly position: bigint;
  private readonly columns: SampleColumns;
  /** Which samples of the batch; undefined: all. */
  private readonly chosen: readonly number[] | undefined;

  constructor(event: RecordedEvent, asset: string, chosen: readonly number[] | undefined) {
    this.asset = asset;
    this.eventTime = event.metadata.time;
    this.position = event.position;
    this.columns = event.data as SampleColumns;
    this.chosen = chosen;
  }

  @Field(() => [String], { description: 'Local name of the signal of each sample.' })
  get signals(): readonly string[] {
    const { signals, signal } = this.columns;
    return this.pick(signal).map((index) => signals[index]!);
  }
  @Field(() => [SampleValueScalar])
  get values(): readonly SampleValue[] {
    return this.pick(this.columns.value);
  }
  @Field(() => [Float], { description: 'Epoch milliseconds.' })
  get sourceTimes(): readonly number[] {
    return this.pick(this.columns.sourceTime).map((difference) => this.eventTime + difference);
  }
  @Field(() => [QualityEnum])
  get qualities(): readonly QualityKind[] {
    const { status, signal } = this.columns;
    return status ? this.pick(status).map(qualityKind) : this.pick(signal).map(() => qualityKind(GOOD));
  }

  private pick<T>(column: readonly T[]): readonly T[] {
    return this.chosen ? this.chosen.map((i) => column[i]!) : column;
  }
}

@ObjectType('StateChange', { description: 'An asset entered another operating state.' })
export class StateChangeType {
  @Field(() => ID)
  readonly asset: string;
  @Field(() => OperatingStateEnum)
  readonly previous: OperatingState;
  @Field(() => OperatingStateEnum)
  readonly state: OperatingState;
  @Field(() => String)
  readonly reason: string;
  @Field(() => DateTimeScalar, { description: 'When, by the clock of the events.' })
  readonly time: number;
  @Field(() => PositionScalar, { description: 'The token to resume after it.' })
  readonly position: bigint;

  constructor(event: RecordedEvent, asset: string) {
    const { from, to, reason } = event.data as OperatingStateChanged;
    this.asset = asset;
    this.previous = from;
    this.state = to;
    this.reason = reason;
    this.time = event.metadata.time;
    this.position = event.position;
  }
}

@ObjectType('AlarmChange', { description: "A step of an alarm's life: raised, acknowledged, returned to normal." })
export class AlarmChangeType {
  @Field(() => ID)
  readonly asset: string;
  @Field(() => String, { description: '`<signal>/<level>`' })
  readonly alarm!: string;
  @Field(() => String, { description: 'Local name of the signal.' })
  readonly signal!: string;
  @Field(() => LimitLevelEnum)
  readonly level!: LimitLevel;
  @Field(() => AlarmPriorityEnum)
  readonly priority!: AlarmPriority;
  @Field(() => Float)
  readonly limit!: number;
  @Field(() => AlarmStateEnum)
  readonly previous: AlarmState;
  @Field(() => AlarmStateEnum)
  readonly state: AlarmState;
  @Field(() => Float, { nullable: true, description: 'The value that crossed the limit or came back.' })
  readonly value?: number;
  @Field(() => String, { nullable: true, description: 'Who acknowledged.' })
  readonly by?: string;
  @Field(() => String, { nullable: true })
  readonly note?: string;
  @Field(() => DateTimeScalar, { description: 'When, by the clock of the events.' })
  readonly time: number;
  @Field(() => PositionScalar, { description: 'The token to resume after it.' })
  readonly position: bigint;

  constructor(event: RecordedEvent, asset: string) {
    const { from, to, ...rest } = event.data as AlarmStateChanged;
    Object.assign(this, rest);
    this.asset = asset;
    this.previous = from;
    this.state = to;
    this.time = event.metadata.time;
    this.position = event.position;
  }
}

export const EventItem = createUnionType({
  name: 'EventItem',
  description: 'Events, or where the stream stands.',
  types: () => [EventBatchType, CaughtUpType, GapType] as const,
});
export const SampleItem = createUnionType({
  name: 'SampleItem',
  description: 'Samples, or where the stream stands.',
  types: () => [SampleBatchType, CaughtUpType, GapType] as const,
});
export const StateItem = createUnionType({
  name: 'StateItem',
  description: 'A change of state, or where the stream stands.',
  types: () => [StateChangeType, CaughtUpType, GapType] as const,
});
export const AlarmItem = createUnionType({
  name: 'AlarmItem',
  description: 'A change of an alarm, or where the stream stands.',
  types: () => [AlarmChangeType, CaughtUpType, GapType] as const,
});
