import type { AlarmPriority, AlarmState, LimitLevel } from '@millwright/events';
import type { AlarmView } from '@millwright/read-model';
import { Field, Float, ID, Int, ObjectType } from '@nestjs/graphql';
import type { PlantScope } from '../request/plant-scope.js';
import { DateTimeScalar } from '../scalar/date-time.scalar.js';
import { PositionScalar } from '../scalar/position.scalar.js';
import { AlarmPriorityEnum, AlarmStateEnum, LimitLevelEnum } from './alarm.enums.js';

@ObjectType('Alarm', { description: 'One limit of one signal that has been crossed at least once.' })
export class AlarmType {
  readonly scope: PlantScope;
  readonly view: AlarmView;

  constructor(scope: PlantScope, view: AlarmView) {
    this.scope = scope;
    this.view = view;
  }

  @Field(() => ID, { description: '`<asset>#<signal>/<level>`' })
  get id(): string {
    return `${this.view.asset}#${this.view.alarm}`;
  }
  @Field(() => String, { description: '`<signal>/<level>`: the name to acknowledge it by.' })
  get name(): string {
    return this.view.alarm;
  }
  @Field(() => LimitLevelEnum)
  get level(): LimitLevel {
    return this.view.level;
  }
  @Field(() => AlarmPriorityEnum)
  get priority(): AlarmPriority {
    return this.view.priority;
  }
  @Field(() => Float, { description: "The limit that was crossed, in the signal's unit." })
  get limit(): number {
    return this.view.limit;
  }
  @Field(() => AlarmStateEnum)
  get state(): AlarmState {
    return this.view.state;
  }
  @Field(() => DateTimeScalar, { description: 'When it was last raised.' })
  get raisedAt(): number {
    return this.view.raisedAt;
  }
  @Field(() => Float, { description: 'The value that crossed the limit then.' })
  get value(): number {
    return this.view.value;
  }
  @Field(() => DateTimeScalar, { nullable: true, description: 'Null while nobody has acknowledged this raise.' })
  get acknowledgedAt(): number | undefined {
    return this.view.acknowledgedAt;
  }
  @Field(() => String, { nullable: true })
  get acknowledgedBy(): string | undefined {
    return this.view.acknowledgedBy;
  }
  @Field(() => String, { nullable: true, description: 'What was said when it was acknowledged.' })
  get note(): string | undefined {
    return this.view.note;
  }
  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When the value came back; null while it is beyond the limit.',
  })
  get clearedAt(): number | undefined {
    return this.view.clearedAt;
  }
  @Field(() => Int, { description: 'How often it was raised up to this moment.' })
  get occurrences(): number {
    return this.view.occurrences;
  }
  @Field(() => PositionScalar, { description: 'Position of its latest change.' })
  get position(): bigint {
    return this.view.position;
  }
}
