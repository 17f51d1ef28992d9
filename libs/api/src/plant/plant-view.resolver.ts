import { splitSignalId, type AlarmState, type AssetKind } from '@millwright/events';
import type { ReadModel } from '@millwright/read-model';
import { Inject } from '@nestjs/common';
import { Args, Context, ID, Int, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { AlarmStateEnum } from '../alarm/alarm.enums.js';
import { AlarmType } from '../alarm/alarm.type.js';
import { API_OPTIONS, type ApiOptions } from '../api-options.js';
import { AssetKindEnum } from '../asset/asset.enums.js';
import { AssetType } from '../asset/asset.type.js';
import { ForkType } from '../fork/fork.type.js';
import { LedgerEntryType } from '../ledger/ledger.type.js';
import { isAtOrBelow, type PlantScope } from '../request/plant-scope.js';
import type { RequestContext } from '../request/request-context.js';
import { SignalType } from '../signal/signal.type.js';
import { AsOfInput, MomentType, toAsOf } from './moment.type.js';
import { pageSize } from './page-size.js';
import { PlantView } from './plant-view.type.js';

const AS_OF = { type: () => AsOfInput, nullable: true, description: 'Default: the moment of the request.' };
const UNDER = { type: () => ID, nullable: true, description: 'Only assets at or below this path.' };

/** The fields that Query and Fork share. The parent says which plant is meant: a fork, or, for the root, the live one. */
@Resolver(() => PlantView)
export class PlantViewResolver {
  private readonly live: ReadModel;

  constructor(@Inject(API_OPTIONS) options: ApiOptions) {
    this.live = options.readModel;
  }

  @ResolveField(() => MomentType, {
    description: 'The moment at which the fields without `asOf` answer, or the one that `asOf` means.',
  })
  async moment(
    @Parent() parent: unknown,
    @Context('request') request: RequestContext,
    @Args('asOf', AS_OF) asOf: AsOfInput | undefined,
  ): Promise<MomentType> {
    return (await this.scope(parent, request, asOf)).moment;
  }

  @ResolveField(() => AssetType, { nullable: true, description: 'The asset with this id; null when there is none.' })
  async asset(
    @Parent() parent: unknown,
    @Context('request') request: RequestContext,
    @Args('id', { type: () => ID }) id: string,
    @Args('asOf', AS_OF) asOf: AsOfInput | undefined,
  ): Promise<AssetType | undefined> {
    const scope = await this.scope(parent, request, asOf);
    const view = (await scope.assets()).get(id);
    return view && new AssetType(scope, view);
  }

  @ResolveField(() => [AssetType], { description: 'Assets, parents before children, in the order of the plant file.' })
  async assets(
    @Parent() parent: unknown,
    @Context('request') request: RequestContext,
    @Args('under', UNDER) under: string | undefined,
    @Args('kinds', { type: () => [AssetKindEnum], nullable: true }) kinds: AssetKind[] | undefined,
    @Args('first', { type: () => Int, defaultValue: 100 }) first: number,
    @Args('asOf', AS_OF) asOf: AsOfInput | undefined,
  ): Promise<AssetType[]> {
    const limit = pageSize(first);
    const scope = await this.scope(parent, request, asOf);
    return [...(await scope.assets()).values()]
      .filter(
        ({ model }) => (under == null || isAtOrBelow(model.asset, under)) && (!kinds || kinds.includes(model.kind)),
      )
      .slice(0, limit)
      .map((view) => new AssetType(scope, view));
  }

  @ResolveField(() => SignalType, { nullable: true, description: 'The signal with this id; null when there is none.' })
  async signal(
    @Parent() parent: unknown,
    @Context('request') request: RequestContext,
    @Args('id', { type: () => ID, description: '`<asset id>:<signal name>`' }) id: string,
    @Args('asOf', AS_OF) asOf: AsOfInput | undefined,
  ): Promise<SignalType | undefined> {
    return findSignal(await this.scope(parent, request, asOf), id);
  }

  @ResolveField(() => [SignalType], {
    nullable: 'items',
    description: 'One entry per id, in order; null where there is none.',
  })
  async signals(
    @Parent() parent: unknown,
    @Context('request') request: RequestContext,
    @Args('ids', { type: () => [ID] }) ids: string[],
    @Args('asOf', AS_OF) asOf: AsOfInput | undefined,
  ): Promise<(SignalType | undefined)[]> {
    const scope = await this.scope(parent, request, asOf);
    return Promise.all(ids.map((id) => findSignal(scope, id)));
  }

  @ResolveField(() => [AlarmType], { description: 'Alarms that were raised at least once, latest change first.' })
  async alarms(
    @Parent() parent: unknown,
    @Context('request') request: RequestContext,
    @Args('under', UNDER) under: string | undefined,
    @Args('states', { type: () => [AlarmStateEnum], nullable: true }) states: AlarmState[] | undefined,
    @Args('first', { type: () => Int, defaultValue: 50 }) first: number,
    @Args('asOf', AS_OF) asOf: AsOfInput | undefined,
  ): Promise<AlarmType[]> {
    const limit = pageSize(first);
    const scope = await this.scope(parent, request, asOf);
    const query = { limit, ...(under != null && { under }), ...(states && { states }) };
    return (await scope.readModel.alarms(scope.moment, query)).map((view) => new AlarmType(scope, view));
  }

  @ResolveField(() => [LedgerEntryType], { description: 'What became of every sample, per signal.' })
  async ledger(
    @Parent() parent: unknown,
    @Context('request') request: RequestContext,
    @Args('under', UNDER) under: string | undefined,
    @Args('asOf', AS_OF) asOf: AsOfInput | undefined,
  ): Promise<LedgerEntryType[]> {
    const scope = await this.scope(parent, request, asOf);
    const entries = await scope.readModel.ledger(scope.moment, under ?? undefined);
    return entries.map((view) => new LedgerEntryType(view));
  }

  private scope(parent: unknown, request: RequestContext, asOf: AsOfInput | undefined): Promise<PlantScope> {
    const readModel = parent instanceof ForkType ? parent.readModel : this.live;
    return request.scope(readModel, asOf ? toAsOf(asOf) : undefined);
  }
}

const findSignal = async (scope: PlantScope, id: string): Promise<SignalType | undefined> => {
  const parts = splitSignalId(id);
  const view = parts && (await scope.assets()).get(parts.asset);
  const model = view?.model.signals.find(({ name }) => name === parts!.name);
  return view && model && new SignalType(new AssetType(scope, view), model);
};
