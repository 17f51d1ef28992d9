import type { RecordedEvent } from '@millwright/event-store';
import { assetOfStream } from '@millwright/events';
import { Field, ID, ObjectType } from '@nestjs/graphql';
import { DateTimeScalar } from '../scalar/date-time.scalar.js';
import { JsonScalar } from '../scalar/json.scalar.js';
import { PositionScalar } from '../scalar/position.scalar.js';

@ObjectType('LogEvent', { description: 'One event of the log: a fact, or what an actor concluded from facts.' })
export class LogEventType {
  private readonly event: RecordedEvent;

  constructor(event: RecordedEvent) {
    this.event = event;
  }

  @Field(() => ID, { description: 'UUID' })
  get id(): string {
    return this.event.id;
  }
  @Field(() => PositionScalar, { description: 'Its place in the whole log: the token to resume after it.' })
  get position(): bigint {
    return this.event.position;
  }
  @Field(() => PositionScalar, { description: 'Its place in its stream, from 0.' })
  get revision(): bigint {
    return this.event.revision;
  }
  @Field(() => String, { description: '`asset-<id>` holds facts, `derived-<id>` conclusions.' })
  get stream(): string {
    return this.event.stream;
  }
  @Field(() => String, { description: '`SamplesRecorded`, `OperatingStateChanged`, `AlarmStateChanged` …' })
  get type(): string {
    return this.event.type;
  }
  @Field(() => ID, { nullable: true, description: 'The asset that it is about.' })
  get asset(): string | undefined {
    return assetOfStream(this.event.stream);
  }
  @Field(() => DateTimeScalar, { description: "The event's own time, which drives the plant's state." })
  get time(): number {
    return this.event.metadata.time;
  }
  @Field(() => DateTimeScalar, { description: 'When the log wrote it.' })
  get recordedAt(): number {
    return this.event.recordedAt;
  }
  @Field(() => ID, { nullable: true, description: 'Id of the event that caused it.' })
  get causationId(): string | undefined {
    return this.event.metadata.causationId;
  }
  @Field(() => JsonScalar, { description: 'Its payload, by its type.' })
  get data(): unknown {
    return this.event.data;
  }
}
