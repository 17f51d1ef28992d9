import { Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { AssetType } from '../asset/asset.type.js';
import { ApiError } from '../error/api-error.js';
import { SignalType } from '../signal/signal.type.js';
import { AlarmType } from './alarm.type.js';

@Resolver(() => AlarmType)
export class AlarmResolver {
  @ResolveField(() => AssetType)
  async asset(@Parent() alarm: AlarmType): Promise<AssetType> {
    const asset = await assetOf(alarm);
    if (asset) return asset;
    throw new ApiError('NOT_FOUND', `asset "${alarm.view.asset}" of alarm "${alarm.name}" no longer exists`);
  }

  @ResolveField(() => SignalType, { nullable: true, description: 'Null when the plant file no longer has the signal.' })
  async signal(@Parent() alarm: AlarmType): Promise<SignalType | undefined> {
    const asset = await assetOf(alarm);
    const model = asset?.view.model.signals.find(({ name }) => name === alarm.view.signal);
    return asset && model && new SignalType(asset, model);
  }
}

const assetOf = async ({ scope, view }: AlarmType): Promise<AssetType | undefined> => {
  const found = (await scope.assets()).get(view.asset);
  return found && new AssetType(scope, found);
};
