import type { ComponentHealth, HealthState } from '@millwright/actor-host';
import { Field, ObjectType, registerEnumType } from '@nestjs/graphql';

export const HealthStateEnum = {
  UP: 'up',
  DEGRADED: 'degraded',
  DOWN: 'down',
} as const satisfies Record<string, HealthState>;
registerEnumType(HealthStateEnum, { name: 'HealthState', description: 'How well a part of the server works.' });

@ObjectType('ComponentHealth', { description: 'One part of the server.' })
export class ComponentHealthType implements ComponentHealth {
  @Field(() => String)
  readonly name!: string;
  @Field(() => HealthStateEnum)
  readonly state!: HealthState;
  @Field(() => String, { description: 'What is the case, in a sentence; when something is wrong, what to do.' })
  readonly detail!: string;
}

@ObjectType('Health', { description: 'The server, as well as the worst of its parts.' })
export class HealthType {
  @Field(() => HealthStateEnum)
  readonly state!: HealthState;
  @Field(() => [ComponentHealthType])
  readonly components!: readonly ComponentHealth[];
}
