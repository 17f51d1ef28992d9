import { stateHash, type ActorRecord } from '@millwright/actor-engine';
import { Field, Float, ID, ObjectType } from '@nestjs/graphql';
import { DateTimeScalar } from '../scalar/date-time.scalar.js';
import { JsonScalar } from '../scalar/json.scalar.js';
import { PositionScalar } from '../scalar/position.scalar.js';

@ObjectType('ActorState', { description: "An asset's actor: the fold of its stream." })
export class ActorStateType {
  private readonly record: ActorRecord;
  @Field(() => PositionScalar, { description: 'The last event of the log that had been folded.' })
  readonly position: bigint;

  constructor(record: ActorRecord, position: bigint) {
    this.record = record;
    this.position = position;
  }

  @Field(() => ID)
  get asset(): string {
    return this.record.asset;
  }
  @Field(() => String, { description: 'Id of the machine that drives it.' })
  get machine(): string {
    return this.record.machine;
  }
  @Field(() => String, { description: 'Hash of the definition of that machine.' })
  get definitionHash(): string {
    return this.record.definitionHash;
  }
  @Field(() => JsonScalar, { description: "XState's persisted state: `{ value, context }`." })
  get state(): unknown {
    return this.record.state;
  }
  @Field(() => DateTimeScalar, { description: 'Latest event time folded; it never goes back.' })
  get clock(): number {
    return this.record.clock;
  }
  @Field(() => Float, { description: 'Events folded so far.' })
  get events(): number {
    return this.record.events;
  }
  @Field(() => String, { description: 'Hash of the whole state: equal folds have equal hashes.' })
  get stateHash(): string {
    return stateHash(this.record);
  }
}
