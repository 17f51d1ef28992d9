import type { RecordedEvent } from '@millwright/event-store';
import { assetOfStream, DERIVED_PREFIX } from '@millwright/events';
import type { AssetId } from '@millwright/events';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { ForkOptions, ForkReadModel, LiveReadModel, ProjectedEvent } from '../projector.port.js';
import type { Moment, ReadModel } from '../read-model.port.js';
import { askAll, expectSame, type Answers } from './ask-all.js';
import { MemoryReadModel } from './memory-read-model.js';
import { ASSETS, LINE, modelOf, plantStory, STORY_START } from './plant-story.js';

export interface ReadModelContractOptions {
  /** Random stories per property. */
  readonly runs: number;
  readonly timeoutMs: number;
}

/** What every read model must keep. `open` gives an empty one; the suite closes it. */
export const readModelContract = (
  name: string,
  open: () => Promise<LiveReadModel>,
  { runs, timeoutMs }: ReadModelContractOptions,
): void => {
  const opened: LiveReadModel[] = [];
  const openOne = async (): Promise<LiveReadModel> => {
    const model = await open();
    opened.push(model);
    return model;
  };
  const closeAll = async (): Promise<void> => void (await Promise.all(opened.splice(0).map((model) => model.close())));
  const property = (length: number, check: (story: Told) => Promise<void>) => async (): Promise<void> => {
    await fc.assert(fc.asyncProperty(told(length), check).afterEach(closeAll), {
      numRuns: runs,
      // Also of the search for a smaller counterexample, so that a failure is told and not timed out.
      interruptAfterTimeLimit: timeoutMs / 2,
    });
  };

  describe(`${name}: the contract of a read model`, { timeout: timeoutMs }, () => {
    afterEach(closeAll);

    test(
      'as of a past moment answers exactly what was answered when it was the head, whatever has come since',
      property(30, async ({ batches }) => {
        const model = await openOne();
        const seen: { at: Moment; answers: Answers }[] = [];
        for (const batch of batches) {
          await model.project(batch);
          const at = (await model.head())!;
          expect(at).toEqual(momentOf(batch.at(-1)!));
          seen.push({ at, answers: await askAll(model, at) });
        }
        for (const { at, answers } of seen) expect(await askAll(model, at)).toEqual(answers);
      }),
    );

    test(
      'answers at every moment what the plainest model answers, in whatever batches the events came',
      property(25, async ({ story, batches }) => {
        const [model, plain] = [await openOne(), new MemoryReadModel()];
        await plain.project(story);
        for (const batch of batches) await model.project(batch);
        for (const event of story)
          expectSame(await askAll(model, momentOf(event)), await askAll(plain, momentOf(event)));
      }),
    );

    test(
      'a fork that derives the same from the same facts answers exactly as the live model, at every moment up to its end',
      property(25, async ({ story, from, until }) => {
        const model = await openOne();
        await model.project(story);
        const fork = await model.fork({
          ...span(story, from, until),
          assets: namedIn(story.slice(0, until + 1)),
          models: [],
        });
        await fork.project(story.slice(from + 1, until + 1).filter(isConclusion));
        expect(await fork.head()).toEqual(momentOf(story[until]!));
        for (const event of story.slice(0, until + 1)) {
          expect(await askAll(fork, momentOf(event))).toEqual(await askAll(model, momentOf(event)));
        }
      }),
    );

    test(
      'a fork with models and conclusions of its own answers what the plainest fork answers, and the live model is untouched',
      property(25, async ({ story, from, until }) => {
        const [model, plain] = [await openOne(), new MemoryReadModel()];
        const [base, whole] = [story.slice(0, until + 1), story];
        const options: ForkOptions = {
          ...span(story, from, until),
          assets: namedIn(base).slice(0, 2),
          models: [modelOf(ASSETS[1]!, 99)],
        };
        const forks: ForkReadModel[] = [];
        for (const one of [model, plain]) {
          await one.project(base);
          const fork = await one.fork(options);
          await fork.project(elsewise(story, from, until));
          await one.project(whole);
          forks.push(fork);
        }
        for (const event of base) {
          const [mine, theirs] = await Promise.all(forks.map((fork) => askAll(fork, momentOf(event))));
          expectSame(mine, theirs);
        }
        const head = (await model.head())!;
        expectSame(await askAll(model, head), await askAll(plain, head));
      }),
    );

    test(
      'events at or before the checkpoint count once',
      property(15, async ({ story, batches }) => {
        const [model, plain] = [await openOne(), new MemoryReadModel()];
        await plain.project(story);
        const done: RecordedEvent[] = [];
        for (const batch of batches) {
          await model.project([...done.slice(-3), ...batch]);
          done.push(...batch);
          expect(await model.checkpoint()).toBe(batch.at(-1)!.position);
        }
        await model.project(story);
        const head = (await model.head())!;
        expectSame(await askAll(model, head), await askAll(plain, head));
      }),
    );

    test('an empty model has no head, and every moment lies before its start', async () => {
      const model = await openOne();
      expect(await model.head()).toBeUndefined();
      expect(await model.checkpoint()).toBeUndefined();
      await expect(model.moment()).rejects.toMatchObject({ name: 'MomentError', code: 'before-start' });
      await expect(model.assets({ position: 1n, time: 0 })).rejects.toMatchObject({ name: 'MomentError' });
    });

    test('a moment is the last event at or before a position or a time', async () => {
      const model = await openOne();
      await model.project([silence(10n, 1_000), silence(20n, 2_000), silence(30n, 2_000), silence(40n, 3_000)]);
      const at = async (asOf: Parameters<LiveReadModel['moment']>[0]): Promise<bigint> =>
        (await model.moment(asOf)).position;
      expect(await model.moment()).toEqual({ position: 40n, time: 3_000 });
      expect(await model.moment({ position: 29n })).toEqual({ position: 20n, time: 2_000 });
      expect(await at({ position: 30n })).toBe(30n);
      expect(await at({ time: 2_000 })).toBe(30n);
      expect(await at({ time: 2_999 })).toBe(30n);
      // The plant is silent: now is what it was.
      expect(await at({ time: 9_000_000 })).toBe(40n);
      for (const early of [{ position: 9n }, { time: 999 }]) {
        await expect(model.moment(early)).rejects.toMatchObject({ name: 'MomentError', code: 'before-start' });
      }
      await expect(model.moment({ position: 41n })).rejects.toMatchObject({ name: 'MomentError', code: 'after-head' });
      await expect(model.ledger({ position: 41n, time: 0 })).rejects.toMatchObject({ code: 'after-head' });
      await expect(model.ledger({ position: 9n, time: 0 })).rejects.toMatchObject({ code: 'before-start' });
    });

    test('a position beyond what a double can hold is kept', async () => {
      const model = await openOne();
      const far = 2n ** 60n + 1n;
      await model.project([silence(far, 1_000), state(far + 1n, 1_001)]);
      expect(await model.moment({ position: far })).toEqual({ position: far, time: 1_000 });
      expect((await model.states((await model.head())!, [LINE]))[0]!.position).toBe(far + 1n);
    });

    test('reached resolves once the position is there, and says so when it does not come', async () => {
      const model = await openOne();
      await model.project([silence(1n, 1_000)]);
      await model.reached(1n, 0);
      const waiting = model.reached(3n, timeoutMs);
      await model.project([silence(3n, 1_001)]);
      await waiting;
      await expect(model.reached(4n, 1)).rejects.toMatchObject({ name: 'ReadModelError', code: 'deadline-exceeded' });
    });

    test('a model of the fork stands against those of the plant, until the plant retires the asset', async () => {
      const model = await openOne();
      const applied = (version: number) => ({ model: modelOf(LINE, version), modelHash: '' });
      await model.project([
        event('ModelApplied', `asset-${LINE}`, applied(1), 10n, 10),
        event('ModelApplied', `asset-${LINE}`, applied(2), 20n, 20),
        event('AssetRetired', `asset-${LINE}`, {}, 30n, 30),
      ]);
      const [from, between, until] = [10n, 20n, 30n].map((position) => ({ position, time: Number(position) }));
      const fork = await model.fork({ from: from!, until: until!, assets: [LINE], models: [modelOf(LINE, 99)] });
      const names = async (of: ReadModel, at: Moment) => (await of.assets(at)).map((view) => view.model.name);
      expect(await names(fork, from!)).toEqual([`${LINE} 99`]);
      expect(await names(fork, between!)).toEqual([`${LINE} 99`]);
      expect(await names(fork, until!)).toEqual([]);
      expect(await names(model, between!)).toEqual([`${LINE} 2`]);
      expect((await fork.assets(between!))[0]).toMatchObject({ since: from!.time, position: from!.position });
    });

    test('a fork knows nothing outside its span', async () => {
      const model = await openOne();
      await model.project([10n, 20n, 30n, 40n].map((position) => silence(position, Number(position))));
      const from = { position: 20n, time: 20 };
      const until = { position: 30n, time: 30 };
      const fork = await model.fork({ from, until, assets: [], models: [] });
      expect(await fork.moment()).toEqual(until);
      expect(await fork.moment({ position: 12n })).toEqual({ position: 10n, time: 10 });
      expect(await fork.moment({ time: 39 })).toEqual(until);
      await fork.reached(30n, 0);
      const outside = { name: 'MomentError', code: 'outside-fork' };
      await expect(fork.moment({ position: 31n })).rejects.toMatchObject(outside);
      await expect(fork.moment({ time: 40 })).rejects.toMatchObject(outside);
      await expect(fork.reached(40n, 0)).rejects.toMatchObject(outside);
      await expect(fork.assets({ position: 40n, time: 40 })).rejects.toMatchObject(outside);
      await expect(fork.project([state(40n, 40)])).rejects.toMatchObject(outside);
      await expect(fork.assets({ position: 9n, time: 9 })).rejects.toMatchObject({ code: 'before-start' });
      await expect(model.fork({ from: until, until: from, assets: [], models: [] })).rejects.toMatchObject(outside);
      await expect(
        model.fork({ from, until: { position: 50n, time: 50 }, assets: [], models: [] }),
      ).rejects.toMatchObject({ code: 'after-head' });
    });
  });
};

interface Told {
  readonly story: RecordedEvent[];
  readonly batches: RecordedEvent[][];
  /** Places of a fork's span in the story. */
  readonly from: number;
  readonly until: number;
}

const told = (length: number): fc.Arbitrary<Told> =>
  fc
    .record({
      story: plantStory(length),
      sizes: fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 8 }),
      ends: fc.tuple(fc.nat(), fc.nat()),
    })
    .map(({ story, sizes, ends }) => {
      // A story begins with its plant's models; a fork begins after them.
      const [from, until] = ends.map((end) => 2 + (end % (story.length - 2))).sort((a, b) => a - b) as [number, number];
      const batches: RecordedEvent[][] = [];
      for (let at = 0; at < story.length;) {
        const size = sizes[batches.length % sizes.length]!;
        batches.push(story.slice(at, at + size));
        at += size;
      }
      return { story, batches, from, until };
    });

const momentOf = ({ position, recordedAt }: RecordedEvent): Moment => ({ position, time: recordedAt });

const span = (story: readonly RecordedEvent[], from: number, until: number): Pick<ForkOptions, 'from' | 'until'> => ({
  from: momentOf(story[from]!),
  until: momentOf(story[until]!),
});

const isConclusion = ({ stream }: ProjectedEvent): boolean => stream.startsWith(DERIVED_PREFIX);

const namedIn = (story: readonly RecordedEvent[]): AssetId[] => [
  ...new Set(story.map(({ stream }) => assetOfStream(stream)!)),
];

/** What other rules would have concluded: some of the plant's own conclusions, each at the place of an event before it, and a change of a model. */
const elsewise = (story: readonly RecordedEvent[], from: number, until: number): ProjectedEvent[] => {
  const span = story.slice(from, until + 1);
  const conclusions = span.flatMap((event, i) =>
    isConclusion(event) && i % 3 !== 1 ? [{ ...event, position: span[i >> 1]!.position }] : [],
  );
  const { position, recordedAt, metadata } = span[span.length >> 1]!;
  const model = modelOf(ASSETS[1]!, 100);
  const remodelled = {
    stream: `asset-${model.asset}`,
    type: 'ModelApplied',
    data: { model, modelHash: '' },
    metadata,
    position,
    recordedAt,
  };
  return [...conclusions, remodelled].sort((a, b) => (a.position < b.position ? -1 : a.position > b.position ? 1 : 0));
};

const event = (type: string, stream: string, data: object, position: bigint, recordedAt: number): RecordedEvent => ({
  ...{ id: `id-${position}`, type, stream, data, position, recordedAt, revision: 0n },
  metadata: { time: STORY_START },
});
const silence = (position: bigint, recordedAt: number): RecordedEvent =>
  event('TimeAdvanced', `asset-${LINE}`, {}, position, recordedAt);
const state = (position: bigint, recordedAt: number): RecordedEvent =>
  event(
    'OperatingStateChanged',
    `derived-${LINE}`,
    { from: 'idle', to: 'running', reason: 'device state' },
    position,
    recordedAt,
  );
