import { UseFilters } from '@nestjs/common';
import { Args, ID, Resolver, Subscription } from '@nestjs/graphql';
import { PassOn } from '../error/pass-on.filter.js';
import { PositionScalar } from '../scalar/position.scalar.js';
import { alarmPlan, eventPlan, samplePlan, statePlan, type StreamRequest } from './stream-plan.js';
import { AlarmItem, EventItem, SampleItem, StateItem } from './stream.types.js';

const UNDER = { type: () => ID, nullable: true, description: 'Only assets at or below this path.' };
const AFTER = {
  type: () => PositionScalar,
  nullable: true,
  description: 'Everything after this token first ("0": from the beginning), then live. Absent: from now on.',
};

/** What each subscription is made of; the subscription server does the rest. */
@Resolver()
@UseFilters(PassOn)
export class StreamResolver {
  @Subscription(() => EventItem, { description: 'The log itself.' })
  events(
    @Args('under', UNDER) under: string | undefined,
    @Args('types', { type: () => [String], nullable: true, description: 'Only these types.' })
    types: string[] | undefined,
    @Args('after', AFTER) after: bigint | undefined,
  ): StreamRequest {
    return { plan: eventPlan({ under: under ?? undefined, types: types ?? undefined }), after: after ?? undefined };
  }

  @Subscription(() => SampleItem, { description: 'Samples as they are recorded, one batch per asset and event.' })
  samples(
    @Args('under', UNDER) under: string | undefined,
    @Args('signals', { type: () => [ID], nullable: true, description: 'Only these, each `<asset id>:<signal name>`.' })
    signals: string[] | undefined,
    @Args('after', AFTER) after: bigint | undefined,
  ): StreamRequest {
    return { plan: samplePlan(under ?? undefined, signals ?? undefined), after: after ?? undefined };
  }

  @Subscription(() => StateItem, { description: 'Changes of operating states.' })
  states(
    @Args('under', UNDER) under: string | undefined,
    @Args('after', AFTER) after: bigint | undefined,
  ): StreamRequest {
    return { plan: statePlan(under ?? undefined), after: after ?? undefined };
  }

  @Subscription(() => AlarmItem, { description: 'Alarms raised, acknowledged and returned to normal.' })
  alarms(
    @Args('under', UNDER) under: string | undefined,
    @Args('after', AFTER) after: bigint | undefined,
  ): StreamRequest {
    return { plan: alarmPlan(under ?? undefined), after: after ?? undefined };
  }
}
