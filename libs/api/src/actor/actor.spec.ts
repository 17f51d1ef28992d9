import { foldFromZero, PlantFold } from '@millwright/actor-host';
import { stateHash } from '@millwright/actor-engine';
import { setRetention } from '@millwright/event-store';
import { factsStream } from '@millwright/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, fault } from '../testing/ask.fixture.js';
import { LINE, station, TestPlant } from '../testing/test-plant.fixture.js';
import { Gate } from './gate.js';

describe('actors', () => {
  let plant: TestPlant;
  let early: bigint;
  beforeAll(async () => {
    plant = await TestPlant.start();
    early = await plant.samples(station(1), { temperature: 20 });
    await plant.samples(station(1), { temperature: 99 });
    await plant.settled();
    const fold = new PlantFold();
    await foldFromZero(plant.store, fold);
    plant.records = [...fold.entries()].map(([, { record }]) => record);
  });
  afterAll(() => plant.stop());

  const QUERY = `query ($under: ID, $asOf: AsOf) { actors(under: $under, asOf: $asOf) {
    asset machine definitionHash state clock events stateHash position } }`;

  it('are the live fold', async () => {
    const { data, errors } = await ask(plant, QUERY, { under: station(1) });
    expect(errors).toBeUndefined();
    const record = plant.records.find(({ asset }) => asset === station(1))!;
    expect(data.actors).toEqual([
      {
        asset: station(1),
        machine: record.machine,
        definitionHash: record.definitionHash,
        state: record.state,
        clock: new Date(record.clock).toISOString(),
        events: record.events,
        stateHash: stateHash(record),
        position: '7',
      },
    ]);
    expect((await ask(plant, QUERY, { under: LINE })).data.actors).toHaveLength(6);
  });

  it('as of a moment are restored: the same hash as a fold from zero up to it', async () => {
    const fold = new PlantFold();
    await foldFromZero(plant.store, fold, early);
    const { data, errors } = await ask(plant, QUERY, { under: station(1), asOf: { position: String(early) } });
    expect(errors).toBeUndefined();
    expect(data.actors[0]).toMatchObject({ stateHash: stateHash(fold.record(station(1))!), position: String(early) });
    const now = plant.records.find(({ asset }) => asset === station(1))!;
    expect(data.actors[0].stateHash).not.toBe(stateHash(now));
  });

  it('cannot be restored at a moment that is not there', async () => {
    expect((await fault(plant, QUERY, { asOf: { position: '99999999' } })).code).toBe('OUT_OF_RANGE');
  });

  // Last: it takes facts from the log.
  it('cannot be restored from facts that retention has taken', async () => {
    await setRetention(plant.store, factsStream(station(2)), { maxAgeSeconds: 60 });
    plant.clock += 120_000;
    await plant.samples(station(2), { temperature: 20 });
    expect(await fault(plant, QUERY, { under: station(1), asOf: { position: String(early) } })).toMatchObject({
      code: 'OUT_OF_RANGE',
      message: expect.stringContaining(`the actors cannot be folded as of then: "${factsStream(station(2))}"`),
    });
  });
});

describe('the gate', () => {
  it('lets so many jobs run at once, the others in turn, and refuses more than may wait', async () => {
    const gate = new Gate(2, 2);
    const open: (() => void)[] = [];
    const started: number[] = [];
    const job = (n: number): Promise<number> =>
      gate.run('it', async () => {
        started.push(n);
        await new Promise<void>((resolve) => open.push(resolve));
        return n;
      });
    const jobs = [1, 2, 3, 4].map(job);
    await expect(job(5)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'it: 2 requests wait for this already; try again later',
    });
    expect(started).toEqual([1, 2]);
    open.shift()!();
    await jobs[0];
    await expect.poll(() => started).toEqual([1, 2, 3]);
    for (const n of [2, 3, 4]) {
      await expect.poll(() => open.length).toBeGreaterThan(0);
      open.shift()!();
      await jobs[n - 1];
    }
    expect(await Promise.all(jobs)).toEqual([1, 2, 3, 4]);
  });

  it('opens for the next one when a job fails', async () => {
    const gate = new Gate(1, 1);
    const failing = gate.run('it', () => Promise.reject(new Error('no')));
    const next = gate.run('it', () => Promise.resolve('yes'));
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('yes');
  });
});
