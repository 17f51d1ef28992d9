import fc from 'fast-check';
import { expect } from 'vitest';
import { EventStoreError } from '../../event-store-error.js';
import type { ExpectedRevision, NewEvent } from '../../event-store.port.js';
import { setRetention, type Retention } from '../../retention.js';
import type { Abilities } from '../contract-kit.js';
import type { LogModel, ModelOutcome } from './log-model.js';
import { command, expectFollowed, POOL_SIZE, stream, typeOf, type LogCommand, type RealLog } from './log-run.js';

/** A number: so far from the stream's last revision. What holds is the most common, so that runs get somewhere. */
const expectation = fc.oneof(
  { weight: 4, arbitrary: fc.constant('any' as const) },
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.constantFrom('no-stream' as const, 'stream-exists' as const) },
  { weight: 1, arbitrary: fc.integer({ min: -3, max: 1 }) },
);
type Expectation = ExpectedRevision | number;

const expectedOf = (model: LogModel, name: string, expectation: Expectation): ExpectedRevision => {
  if (typeof expectation !== 'number') return expectation;
  const revision = BigInt(model.stream(name).events.length - 1 + expectation);
  return revision < 0n ? 'no-stream' : revision;
};

/** EventStoreDB takes a stream without events for one that exists, when it has metadata. */
const isSaid = (model: Readonly<LogModel>, name: string, expectation: Expectation): boolean => {
  const { events, hasMetadata } = model.stream(name);
  return expectation !== 'stream-exists' || events.length > 0 || !hasMetadata;
};

export const outcomeOf = async (model: ModelOutcome, real: Promise<unknown>): Promise<void> => {
  const outcome = await real.then(
    () => 'done',
    (error: unknown) => {
      if (error instanceof EventStoreError) return error.code;
      throw error;
    },
  );
  // EventStoreDB tells who expects that a deleted stream exists that it is deleted.
  if (model === 'wrong-expected-revision' && outcome === 'stream-deleted') return;
  expect(outcome).toBe(model);
};

export const append = fc
  .tuple(stream, expectation, fc.uniqueArray(fc.nat({ max: POOL_SIZE - 1 }), { minLength: 1, maxLength: 4 }))
  .map(([name, expectation, batch]) =>
    command(
      `append ${batch.join(' ')} to ${name} expecting ${expectation}`,
      async (model, real) => {
        const expected = expectedOf(model, name, expectation);
        const appending = real.store.append(
          real.prefix + name,
          expected,
          batch.map((id) => eventOf(real, id)),
        );
        const outcome = model.append(
          name,
          expected,
          batch.map((id) => ({ id, type: typeOf(id) })),
        );
        await outcomeOf(outcome, appending);
        if (outcome !== 'done') return;
        const { revision, position } = await appending;
        const last = model.stream(name).events.findLast(({ id, state }) => state !== 'removed' && batch.includes(id))!;
        expect(revision).toBe(last.revision);
        real.places.push({ position, count: model.log.indexOf(last) + 1 });
      },
      (model) => model.knows(name, batch) && isSaid(model, name, expectation),
    ),
  );

const eventOf = ({ pool }: RealLog, id: number): NewEvent => ({
  id: pool[id]!,
  type: typeOf(id),
  data: { id },
  metadata: { time: 1 },
});

export const remove = (how: 'delete' | 'tombstone'): fc.Arbitrary<LogCommand> =>
  fc.tuple(stream, expectation).map(([name, expectation]) =>
    command(
      `${how} ${name} expecting ${expectation}`,
      async (model, { store, prefix }) => {
        const expected = expectedOf(model, name, expectation);
        const removing = store[`${how}Stream`](prefix + name, expected);
        await outcomeOf(model[how](name, expected), removing);
      },
      // What becomes of the deletion of nothing, each store says for itself.
      (model) => model.stream(name).events.length > 0,
    ),
  );

const retention = ({ clock }: Abilities): fc.Arbitrary<Retention> =>
  fc.record(
    {
      maxCount: fc.integer({ min: 1, max: 6 }),
      truncateBefore: fc.bigInt({ min: 0n, max: 12n }),
      ...(clock && { maxAgeSeconds: fc.integer({ min: 1, max: 60 }) }),
    },
    { requiredKeys: [] },
  );

export const retain = (abilities: Abilities): fc.Arbitrary<LogCommand> =>
  fc.tuple(stream, retention(abilities)).map(([name, retention]) => {
    const { maxAgeSeconds, maxCount, truncateBefore } = retention;
    return command(
      `keep of ${name} age ${maxAgeSeconds} count ${maxCount} from ${truncateBefore}`,
      async (model, real) => {
        const setting = setRetention(real.store, real.prefix + name, retention, real.clock.now);
        await outcomeOf(model.retain(name, retention), setting);
      },
      (model) => model.knowsUnder(name, retention),
    );
  });

export const advance = fc.integer({ min: 1, max: 40 }).map((seconds) =>
  command(`wait ${seconds} s`, async (_, { clock }) => {
    clock.advance(seconds);
  }),
);

export const scavenge = ({ scavenge }: Abilities): LogCommand =>
  command('scavenge', async (model, { store }) => {
    const { removedEvents } = await store.scavenge();
    // What other runs have left in the store goes too.
    const hidden = model.scavenge(scavenge);
    if (scavenge === 'whole') expect(removedEvents).toBeGreaterThanOrEqual(hidden);
  });

export const reopen = command('open again', async (model, real) => {
  for (const follower of real.followers.splice(0)) await expectFollowed(model, real, follower);
  real.store = await real.reopen!(real.store);
});
