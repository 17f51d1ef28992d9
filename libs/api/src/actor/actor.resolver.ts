import { restore } from '@millwright/actor-host';
import type { ActorRecord } from '@millwright/actor-engine';
import { removedText } from '@millwright/event-store';
import { Inject, UseFilters } from '@nestjs/common';
import { Args, ID, Query, Resolver } from '@nestjs/graphql';
import { ApiError } from '../error/api-error.js';
import { PassOn } from '../error/pass-on.filter.js';
import { API_OPTIONS, type ApiOptions } from '../api-options.js';
import { AsOfInput, toAsOf } from '../plant/moment.type.js';
import { isAtOrBelow } from '../request/plant-scope.js';
import { ActorStateType } from './actor-state.type.js';
import { Gate } from './gate.js';

@Resolver(() => ActorStateType)
@UseFilters(PassOn)
export class ActorResolver {
  private readonly options: ApiOptions;
  /** A restore folds the log from the nearest cut; the live plant needs the processor too. */
  private readonly gate = new Gate(1, 8);

  constructor(@Inject(API_OPTIONS) options: ApiOptions) {
    this.options = options;
  }

  @Query(() => [ActorStateType], {
    complexity: 1_000,
    description: 'The actors themselves: the live fold, or with `asOf` the fold restored at that moment.',
  })
  async actors(
    @Args('under', { type: () => ID, nullable: true, description: 'Only assets at or below this path.' })
    under: string | undefined,
    @Args('asOf', { type: () => AsOfInput, nullable: true, description: 'Default: as the actors are now.' })
    asOf: AsOfInput | undefined,
  ): Promise<ActorStateType[]> {
    const { records, position } = asOf ? await this.restored(asOf) : this.live();
    return records
      .filter(({ asset }) => under == null || isAtOrBelow(asset, under))
      .map((record) => new ActorStateType(record, position));
  }

  private live(): { records: readonly ActorRecord[]; position: bigint } {
    return { records: this.options.host.records(), position: this.options.host.foldedTo ?? 0n };
  }

  private async restored(asOf: AsOfInput): Promise<{ records: readonly ActorRecord[]; position: bigint }> {
    const { readModel, store, snapshots } = this.options;
    const moment = await readModel.moment(toAsOf(asOf));
    const { fold, removed } = await this.gate.run('actors', () => restore(store, snapshots, moment.position));
    if (removed) throw new ApiError('OUT_OF_RANGE', `the actors cannot be folded as of then: ${removedText(removed)}`);
    return { records: [...fold.entries()].map(([, { record }]) => record), position: moment.position };
  }
}
