import type { ForkOptions, ForkReadModel, LiveReadModel, Moment, ProjectedEvent } from '@millwright/read-model';
import type { AssetModel } from '@millwright/events';
import { beforeEach, describe, expect, test } from 'vitest';
import { Forks } from './forks.js';
import { eventsOf, LINE, modelApplied, Rig, S1, S2, samplesRecorded, stationModel } from './plant.fixture.js';

/** Keeps what a fork gives its read model; the forks need nothing else of it. */
class Branches {
  readonly asked: ForkOptions[] = [];
  readonly projected: ProjectedEvent[] = [];
  closed = 0;

  async fork(options: ForkOptions): Promise<ForkReadModel> {
    this.asked.push(options);
    const branch: Pick<ForkReadModel, 'project' | 'close'> = {
      project: async (events) => void this.projected.push(...events),
      close: async () => void this.closed++,
    };
    return branch as ForkReadModel;
  }
}

let rig: Rig;
let branches: Branches;
let forks: Forks;
let start: Moment;
let end: Moment;

const moment = async (): Promise<Moment> => ({ position: (await rig.store.head())!, time: rig.time });

beforeEach(async () => {
  rig = new Rig();
  branches = new Branches();
  forks = new Forks({
    store: rig.store,
    snapshots: rig.snapshots,
    readModel: branches as unknown as LiveReadModel,
    now: () => rig.time,
  });
  await rig.start();
  await rig.applyAll();
  await rig.write(S1, samplesRecorded({ state: 1, good: 1, temperature: 100 }));
  await rig.quiet();
  start = await moment();
  for (const temperature of [120, 190, 130, 160]) {
    rig.time += 500;
    await rig.write(S1, samplesRecorded({ state: 1, good: temperature, temperature }));
    await rig.quiet();
  }
  end = await moment();
  return () => rig.stop();
});

const conclusionsOf = (stream: string): { type: string; data: object }[] =>
  branches.projected.filter((e) => e.stream === stream).map(({ type, data }) => ({ type, data }));

describe('forks', () => {
  test('without overrides conclude what the plant concluded', async () => {
    const before = (await eventsOf(rig.store, `derived-${S1}`)).length - 4 - 2;
    const fork = await forks.create({ from: start, until: end, overrides: [] });
    expect(fork.factsReplayed).toBe(4);
    const live = (await eventsOf(rig.store, `derived-${S1}`)).slice(before);
    expect(conclusionsOf(`derived-${S1}`)).toEqual(live);
    expect(branches.asked[0]!.assets).toEqual([LINE, S1, S2]);
  });

  test("with another limit conclude other alarms from the same facts, at the facts' positions", async () => {
    const overrides = [{ asset: S1, overrides: { signals: { temperature: { alarms: { high: 110 } } } } }];
    await forks.create({ from: start, until: end, overrides });
    const raised = branches.projected.filter((e) => e.type === 'AlarmStateChanged');
    expect(raised[0]!.data).toMatchObject({ alarm: 'temperature/high', limit: 110, value: 120, to: 'unacknowledged' });
    expect(raised.every((e) => e.position > start.position && e.position <= end.position)).toBe(true);
    expect(branches.asked[0]!.models.map((m) => m.asset)).toEqual([S1]);
  });

  test('keep their limits on top of a model that the plant was given meanwhile', async () => {
    await rig.write(S1, modelApplied(stationModel(S1, 300)));
    await rig.quiet();
    const overrides = [{ asset: S1, overrides: { signals: { temperature: { alarms: { low: 5 } } } } }];
    await forks.create({ from: start, until: await moment(), overrides });
    const models = branches.projected
      .filter((e) => e.type === 'ModelApplied')
      .map((e) => e.data as { model: AssetModel });
    expect(models.map(({ model }) => model.signals.at(-1)?.alarms)).toEqual([{ high: 300, low: 5, deadband: 1 }]);
  });

  test('write nothing to the log', async () => {
    const head = await rig.store.head();
    await forks.create({ from: start, until: end, overrides: [{ asset: S1, overrides: { staleAfterMs: 100 } }] });
    expect(await rig.store.head()).toBe(head);
  });

  test('refuse an unknown asset or signal, a span that ends before it begins, and one too many', async () => {
    const create = (
      overrides: Parameters<Forks['create']>[0]['overrides'],
      from = start,
      until = end,
    ): Promise<unknown> => forks.create({ from, until, overrides });
    await expect(create([{ asset: 'none', overrides: {} }])).rejects.toMatchObject({ code: 'not-found' });
    await expect(create([{ asset: S1, overrides: { signals: { none: {} } } }])).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('none'),
    });
    await expect(create([], end, start)).rejects.toMatchObject({ code: 'invalid' });
    for (let i = 0; i < 8; i++) await create([]);
    await expect(create([])).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('8') });
    expect(await forks.close(forks.list()[0]!.id)).toBe(true);
    expect(branches.closed).toBe(1);
    await create([]);
  });
});
