import type { FactWriter } from '@millwright/edge';
import type { Position } from '@millwright/event-store';
import { canonicalHash, type AssetId, type AssetModel } from '@millwright/events';
import type { TwinHost } from './twin-host.js';

export interface ModelChanges {
  readonly applied: readonly string[];
  readonly retired: readonly string[];
  /** The log holds them all at this position; undefined when nothing changed. */
  readonly position: Position | undefined;
}

export interface ApplyOptions {
  /** Whether assets that the models do not name are retired, or left as they are. */
  readonly retire: boolean;
  /**
   * Assets that the read model knows. The actors have their models from snapshots when retention has taken them from the log; a read model
   * that was built anew has not, and needs them written again.
   */
  readonly projected: ReadonlySet<AssetId>;
}

/** Writes what the plant files changed since the last start as facts: history is read with the model of its day. */
export const applyModels = async (
  host: TwinHost,
  writer: FactWriter,
  models: readonly AssetModel[],
  { retire, projected }: ApplyOptions,
): Promise<ModelChanges> => {
  const wanted = new Set(models.map((m) => m.asset));
  const changed = models.filter((model) => {
    const record = host.record(model.asset);
    return (
      record === undefined ||
      !projected.has(model.asset) ||
      isRetired(record.state.context) ||
      canonicalHash(record.model) !== canonicalHash(model)
    );
  });
  const retired = retire
    ? host.records().filter(({ asset, state }) => !wanted.has(asset) && !isRetired(state.context))
    : [];
  const writes = [
    ...changed.map((model) =>
      writer.write(model.asset, { type: 'ModelApplied', data: { model, modelHash: canonicalHash(model) } }),
    ),
    ...retired.map(({ asset }) => writer.write(asset, { type: 'AssetRetired', data: {} })),
  ];
  let position: Position | undefined;
  for (const { position: at } of await Promise.all(writes)) if (position === undefined || at > position) position = at;
  return { applied: changed.map((m) => m.asset), retired: retired.map((r) => r.asset), position };
};

const isRetired = (context: Readonly<Record<string, unknown>>): boolean => context['retired'] === true;
