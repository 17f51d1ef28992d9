import type { AssetId } from '@millwright/events';
import { describe, expect, test } from 'vitest';
import { applyModels } from './model-applier.js';
import { eventsOf, LINE, MODELS, Rig, S1, S2, stationModel } from './plant.fixture.js';

const apply = async (
  rig: Rig,
  models = MODELS,
  retire = true,
  projected: ReadonlySet<AssetId> = new Set([LINE, S1, S2]),
): Promise<{ applied: readonly string[]; retired: readonly string[] }> => {
  const { applied, retired } = await applyModels(rig.host, rig.writer, models, { retire, projected });
  await rig.quiet();
  return { applied, retired };
};

describe('apply models', () => {
  test('writes each model once, and again only when it has changed', async () => {
    const rig = new Rig();
    await rig.start();
    expect(await apply(rig)).toEqual({ applied: [LINE, S1, S2], retired: [] });
    expect(await apply(rig)).toEqual({ applied: [], retired: [] });
    const changed = [MODELS[0]!, stationModel(S1, 150), MODELS[2]!];
    expect(await apply(rig, changed)).toEqual({ applied: [S1], retired: [] });
    expect((await eventsOf(rig.store, `asset-${S1}`)).map((e) => e.type)).toEqual(['ModelApplied', 'ModelApplied']);
    await rig.stop();
  });

  test('retires what the files no longer name, once, and takes it back when they do', async () => {
    const rig = new Rig();
    await rig.start();
    await apply(rig);
    const without = [MODELS[0]!, MODELS[1]!];
    expect(await apply(rig, without)).toEqual({ applied: [], retired: [S2] });
    expect(await apply(rig, without)).toEqual({ applied: [], retired: [] });
    expect(await apply(rig)).toEqual({ applied: [S2], retired: [] });
    await rig.stop();
  });

  test('writes again what a read model that was built anew does not know', async () => {
    const rig = new Rig();
    await rig.start();
    await apply(rig);
    expect(await apply(rig, MODELS, true, new Set([LINE, S2]))).toEqual({ applied: [S1], retired: [] });
    await rig.stop();
  });

  test('leaves assets of files that could not be read as they are', async () => {
    const rig = new Rig();
    await rig.start();
    await apply(rig);
    expect(await apply(rig, [MODELS[0]!, MODELS[1]!], false)).toEqual({ applied: [], retired: [] });
    await rig.stop();
  });
});
