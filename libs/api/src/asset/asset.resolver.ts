import type { AlarmState } from '@millwright/events';
import { Args, Int, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { AlarmStateEnum } from '../alarm/alarm.enums.js';
import { AlarmType } from '../alarm/alarm.type.js';
import { pageSize } from '../plant/page-size.js';
import { TimeRangeInput, toRange } from '../plant/moment.type.js';
import { SignalType } from '../signal/signal.type.js';
import { AssetStateType, AssetType, PartCountsType, StateSpanType } from './asset.type.js';

@Resolver(() => AssetType)
export class AssetResolver {
  @ResolveField(() => AssetType, { nullable: true, description: 'The asset that it is part of.' })
  async parent(@Parent() { scope, view }: AssetType): Promise<AssetType | undefined> {
    const { parent } = view.model;
    const found = parent === undefined ? undefined : (await scope.assets()).get(parent);
    return found && new AssetType(scope, found);
  }

  @ResolveField(() => [AssetType], {
    description: 'Its parts, in the order of the plant file; the stations of a line in the order of flow.',
  })
  async children(@Parent() { scope, view }: AssetType): Promise<AssetType[]> {
    const assets = await scope.assets();
    return view.model.children.flatMap((id) => {
      const child = assets.get(id);
      return child ? [new AssetType(scope, child)] : [];
    });
  }

  @ResolveField(() => AssetStateType, {
    nullable: true,
    description: 'What it is doing; null while nothing is known of it.',
  })
  async state(@Parent() { scope, id }: AssetType): Promise<AssetStateType | undefined> {
    const state = await scope.states.load(id);
    return state && new AssetStateType(state);
  }

  @ResolveField(() => [StateSpanType], { description: 'Its states over a range, oldest first.' })
  async timeline(
    @Parent() { scope, id }: AssetType,
    @Args('range', { type: () => TimeRangeInput }) range: TimeRangeInput,
    @Args('first', { type: () => Int, defaultValue: 500 }) first: number,
  ): Promise<StateSpanType[]> {
    const spans = await scope.readModel.timeline(scope.moment, id, toRange(range), pageSize(first));
    return spans.map((span) => new StateSpanType(span, scope.moment.time));
  }

  @ResolveField(() => PartCountsType, {
    description: 'Parts completed in the range; without range, all up to the moment.',
  })
  async counts(
    @Parent() { scope, id }: AssetType,
    @Args('range', { type: () => TimeRangeInput, nullable: true }) range?: TimeRangeInput,
  ): Promise<PartCountsType> {
    return new PartCountsType(await scope.counts(id, range ? toRange(range) : undefined));
  }

  @ResolveField(() => [SignalType], { description: 'Its measured points, in the order of the plant file.' })
  signals(
    @Parent() asset: AssetType,
    @Args('names', { type: () => [String], nullable: true, description: 'Only those with one of these local names.' })
    names?: string[],
  ): SignalType[] {
    const { signals } = asset.view.model;
    const wanted = names ? signals.filter(({ name }) => names.includes(name)) : signals;
    return wanted.map((model) => new SignalType(asset, model));
  }

  @ResolveField(() => [AlarmType], {
    description: 'Alarms of it and of everything below it that were raised at least once, latest change first.',
  })
  async alarms(
    @Parent() { scope, id }: AssetType,
    @Args('states', { type: () => [AlarmStateEnum], nullable: true }) states: AlarmState[] | undefined,
    @Args('first', { type: () => Int, defaultValue: 50 }) first: number,
  ): Promise<AlarmType[]> {
    const alarms = await scope.alarms(id, { states: states ?? undefined, limit: pageSize(first) });
    return alarms.map((view) => new AlarmType(scope, view));
  }
}
