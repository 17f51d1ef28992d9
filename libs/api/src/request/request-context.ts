import type { AsOf, ReadModel } from '@millwright/read-model';
import { PlantScope } from './plant-scope.js';

/**
 * One per GraphQL operation. The first field without `asOf` pins the moment at which all such fields answer, so that an answer never mixes
 * two states of the plant; equal moments share what was read.
 */
export class RequestContext {
  private readonly pinned = new Map<ReadModel, Promise<PlantScope>>();
  private readonly scopes = new Map<ReadModel, Map<bigint, PlantScope>>();

  /** Throws MomentError when the moment cannot be answered. */
  scope(readModel: ReadModel, asOf?: AsOf): Promise<PlantScope> {
    if (asOf) return this.open(readModel, asOf);
    let scope = this.pinned.get(readModel);
    if (scope === undefined) this.pinned.set(readModel, (scope = this.open(readModel)));
    return scope;
  }

  private async open(readModel: ReadModel, asOf?: AsOf): Promise<PlantScope> {
    const moment = await readModel.moment(asOf);
    let byPosition = this.scopes.get(readModel);
    if (byPosition === undefined) this.scopes.set(readModel, (byPosition = new Map()));
    let scope = byPosition.get(moment.position);
    if (scope === undefined) byPosition.set(moment.position, (scope = new PlantScope(readModel, moment)));
    return scope;
  }
}
