import { Inject, UseFilters } from '@nestjs/common';
import { Args, Context, Field, ID, InputType, Mutation, ObjectType, Resolver } from '@nestjs/graphql';
import { PassOn } from '../error/pass-on.filter.js';
import { API_LIMITS, API_OPTIONS, type ApiLimits, type ApiOptions } from '../api-options.js';
import type { RequestContext } from '../request/request-context.js';
import { PositionScalar } from '../scalar/position.scalar.js';
import { acknowledgeAlarm } from './acknowledge-alarm.js';
import { AlarmType } from './alarm.type.js';

@InputType('AcknowledgeAlarmInput', { description: 'Which alarm is acknowledged, and by whom.' })
export class AcknowledgeAlarmInput {
  @Field(() => ID)
  readonly asset!: string;
  @Field(() => String, { description: 'Name of the alarm: `<signal>/<level>`.' })
  readonly alarm!: string;
  @Field(() => String, { description: 'Who acknowledges.' })
  readonly by!: string;
  @Field(() => String, { nullable: true, description: 'What there is to say about it.' })
  readonly note?: string | null;
}

@ObjectType('AcknowledgeAlarmPayload', { description: 'The alarm as everybody sees it now.' })
export class AcknowledgeAlarmPayload {
  @Field(() => AlarmType, { description: 'The alarm, acknowledged.' })
  readonly alarm!: AlarmType;
  @Field(() => PositionScalar, { description: 'From this position on every query shows it.' })
  readonly position!: bigint;
}

@Resolver(() => AcknowledgeAlarmPayload)
@UseFilters(PassOn)
export class AlarmMutation {
  private readonly options: ApiOptions;
  private readonly limits: ApiLimits;

  constructor(@Inject(API_OPTIONS) options: ApiOptions, @Inject(API_LIMITS) limits: ApiLimits) {
    this.options = options;
    this.limits = limits;
  }

  @Mutation(() => AcknowledgeAlarmPayload, {
    description:
      'Records that somebody has seen an alarm, as a fact in the log, and answers when every query shows it.',
  })
  async acknowledgeAlarm(
    @Context('request') request: RequestContext,
    @Args('input', { type: () => AcknowledgeAlarmInput }) { asset, alarm, by, note }: AcknowledgeAlarmInput,
  ): Promise<AcknowledgeAlarmPayload> {
    const command = { asset, alarm, by, ...(note != null && { note }) };
    const { alarm: view, moment } = await acknowledgeAlarm(this.options, command, this.limits.commandMs);
    const scope = await request.scope(this.options.readModel, { position: moment.position });
    return { alarm: new AlarmType(scope, view), position: moment.position };
  }
}
