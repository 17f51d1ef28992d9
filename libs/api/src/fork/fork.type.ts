import type { Fork } from '@millwright/actor-host';
import type { ReadModel } from '@millwright/read-model';
import { Field, Float, ID, ObjectType } from '@nestjs/graphql';
import { MomentType } from '../plant/moment.type.js';
import { PlantView } from '../plant/plant-view.type.js';
import { DateTimeScalar } from '../scalar/date-time.scalar.js';
import { JsonScalar } from '../scalar/json.scalar.js';

@ObjectType('Fork', {
  implements: () => [PlantView],
  description:
    'A what-if branch: the recorded facts of a span, folded again under other limits. Everything that can be asked of the plant can be asked of it; the live log is untouched.',
})
export class ForkType extends PlantView {
  private readonly fork: Fork;
  @Field(() => String, { nullable: true, description: 'As given when it was created.' })
  readonly name: string | undefined;

  constructor(fork: Fork, name: string | undefined) {
    super();
    this.fork = fork;
    this.name = name;
  }

  get readModel(): ReadModel {
    return this.fork.readModel;
  }
  @Field(() => ID)
  get id(): string {
    return this.fork.id;
  }
  @Field(() => MomentType, { description: 'The fork point: up to here it is the plant as it was.' })
  get from(): MomentType {
    return this.fork.request.from;
  }
  @Field(() => MomentType, { description: 'The recorded facts are taken up to here.' })
  get until(): MomentType {
    return this.fork.request.until;
  }
  @Field(() => DateTimeScalar)
  get createdAt(): number {
    return this.fork.createdAt;
  }
  @Field(() => JsonScalar, { description: 'The overrides in force from the fork point: `[{ asset, overrides }]`.' })
  get overrides(): unknown {
    return this.fork.request.overrides;
  }
  @Field(() => Float, { description: 'Recorded facts that were folded again.' })
  get factsReplayed(): number {
    return this.fork.factsReplayed;
  }
  @Field(() => Float, { description: 'What the actors concluded from them in this branch.' })
  get conclusions(): number {
    return this.fork.conclusions;
  }
}
