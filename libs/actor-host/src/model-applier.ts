import type { FactWriter } from '@millwright/edge';
import type { Position } from '@millwright/event-store';
import { canonicalHash, type AssetModel } from '@millwright/events';
import type { TwinHost } from './twin-host.js';

export interface ModelChanges {
  readonly applied: readonly string[];
  readonly retired: readonly string[];
  /** The log holds them all at this position; undefined when nothing changed. */
  readonly position: Position | undefined;
}

/**
 * Writes what the plant files changed since the last start as facts: history is read with the model of its day. Without `retire`, assets
 * that the models do not name are left as they are.
 */
export const applyModels = async (
  host: TwinHost,
  writer: FactWriter,
  models: readonly AssetModel[],
  { retire }: { readonly retire: boolean },
): Promise<ModelChanges> => {
  const wanted = new Set(models.map((m) => m.asset));
  const changed = models.filter((model) => {
    const record = host.record(model.asset);
    return (
      record === undefined || isRetired(record.state.context) || canonicalHash(record.model) !== canonicalHash(model)
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
