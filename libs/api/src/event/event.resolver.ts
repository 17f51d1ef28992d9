import type { EventStore, RecordedEvent } from '@millwright/event-store';
import { Inject, UseFilters } from '@nestjs/common';
import { Args, Context, Field, ID, Int, ObjectType, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { PassOn } from '../error/pass-on.filter.js';
import { API_OPTIONS, type ApiOptions } from '../api-options.js';
import { AsOfInput, toAsOf } from '../plant/moment.type.js';
import { pageSize } from '../plant/page-size.js';
import type { RequestContext } from '../request/request-context.js';
import { PositionScalar } from '../scalar/position.scalar.js';
import { Removals } from '../stream/removals.js';
import { isUnder, storeFilter, type EventChoice } from './event-filter.js';
import { LogEventType } from './log-event.type.js';

@ObjectType('EventPage', { description: 'Events in log order.' })
export class EventPageType {
  @Field(() => [LogEventType])
  readonly events!: readonly LogEventType[];
  @Field(() => PositionScalar, {
    nullable: true,
    description: 'Hand it to `after` for the next page; null for a page without events.',
  })
  readonly next: bigint | undefined;
  @Field(() => Boolean, { description: 'There are more at the moment asked for.' })
  readonly hasMore!: boolean;
  /** What the page is of. */
  readonly after: bigint | undefined;
  readonly choice!: EventChoice;
}

@Resolver(() => EventPageType)
@UseFilters(PassOn)
export class EventResolver {
  private readonly options: ApiOptions;
  private readonly removals: Removals;
  constructor(@Inject(API_OPTIONS) options: ApiOptions, @Inject(Removals) removals: Removals) {
    this.options = options;
    this.removals = removals;
  }

  @Query(() => EventPageType, { description: 'What happened, from the log itself, up to the moment.' })
  async events(
    @Context('request') request: RequestContext,
    @Args('under', { type: () => ID, nullable: true, description: 'Only assets at or below this path.' })
    under: string | undefined,
    @Args('types', { type: () => [String], nullable: true, description: 'Only these types.' })
    types: string[] | undefined,
    @Args('after', { type: () => PositionScalar, nullable: true, description: 'Only events after this one.' })
    after: bigint | undefined,
    @Args('first', { type: () => Int, defaultValue: 100 }) first: number,
    @Args('asOf', { type: () => AsOfInput, nullable: true, description: 'Default: the moment of the request.' })
    asOf: AsOfInput | undefined,
  ): Promise<EventPageType> {
    const limit = pageSize(first);
    const { moment } = await request.scope(this.options.readModel, asOf ? toAsOf(asOf) : undefined);
    const page = { after: after ?? undefined, choice: { under: under ?? undefined, types: types ?? undefined } };
    const found = await readPage(this.options.store, page.choice, page.after, moment.position, limit + 1);
    const events = found.slice(0, limit).map((event) => new LogEventType(event));
    return { ...page, events, next: events.at(-1)?.position, hasMore: found.length > limit };
  }

  @ResolveField('removedUpTo', () => PositionScalar, {
    nullable: true,
    description:
      'The log has lost events behind `after` to their retention, up to this position: some that belong here may be missing. Null when none is.',
  })
  async removedUpTo(@Parent() { after = 0n, choice }: EventPageType): Promise<bigint | undefined> {
    return (await this.removals.after(after, storeFilter(choice)))?.upTo;
  }
}

const readPage = async (
  store: EventStore,
  choice: EventChoice,
  after: bigint | undefined,
  upTo: bigint,
  count: number,
): Promise<RecordedEvent[]> => {
  const page: RecordedEvent[] = [];
  const belongs = isUnder(choice.under);
  for await (const event of store.readAll({ filter: storeFilter(choice), ...(after !== undefined && { after }) })) {
    if (event.position > upTo) break;
    if (belongs(event.stream) && page.push(event) === count) break;
  }
  return page;
};
