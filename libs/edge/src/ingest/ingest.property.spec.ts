import { BAD, GOOD } from '@millwright/events';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RawSample } from '../connector.port.js';
import { CONNECTION, FakeWriter, openIngest, plantOf } from './ingest.fixture.js';

const plant = plantOf({
  a: { plain: {}, banded: { edge: { deadband: 2, heartbeatMs: 50 } }, limited: { edge: { minIntervalMs: 10 } } },
  b: { text: { dataType: 'text' }, count: { dataType: 'integer', role: 'good-count', edge: { deadband: 1 } } },
});
const signals = [...plant.bindings.map((b) => b.signal), 'acme/line/a:unknown'];

const rawSample: fc.Arbitrary<RawSample> = fc.record(
  {
    signal: fc.constantFrom(...signals),
    value: fc.oneof(
      fc.integer({ min: -5, max: 5 }),
      fc.double(),
      fc.string(),
      fc.constantFrom(Number.NaN, null, true, undefined),
    ),
    status: fc.constantFrom(GOOD, BAD),
    sourceTime: fc.oneof(fc.integer({ min: 0, max: 200 }), fc.constant(Number.NaN)),
  },
  { requiredKeys: ['signal', 'value', 'status'] },
);
const step = fc.record({
  samples: fc.array(rawSample, { maxLength: 8 }),
  how: fc.constantFrom('offer', 'push', 'reject', 'down', 'up', 'turn'),
});

test('received = stored + filtered + rejected, in memory and in the log, whatever comes and however the log fails', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 30 }),
      fc.array(fc.boolean(), { maxLength: 3 }),
      async (steps, faults) => {
        const writer = new FakeWriter();
        writer.fault = () => (faults.pop() ? new Error('log away') : undefined);
        const ingest = await openIngest({ plant, writer, queueCapacity: 20, countsAfterMs: 1 });
        const sink = ingest.sinkFor(CONNECTION);
        const offers: Promise<void>[] = [];
        let sent = 0;
        for (const { samples, how } of steps) {
          if (how === 'offer') offers.push(sink.offer(samples));
          else if (how === 'push') sink.push(samples);
          else if (how === 'reject') sink.reject('not-json', 'x');
          else if (how === 'turn') await new Promise((resolve) => setImmediate(resolve));
          else sink.link(how, 'random');
          sent += how === 'offer' || how === 'push' ? samples.length : how === 'reject' ? 1 : 0;
          const { received, stored, queued, filtered, rejected } = ingest.ledger();
          expect([received, stored + queued + filtered + rejected]).toEqual([sent, sent]);
        }
        await ingest.close();
        await Promise.all(offers);
        const total = (side: 'filtered' | 'rejected'): number =>
          Object.values(writer.counts(side)).reduce((sum, n) => sum + n, 0);
        const { stored, filtered, rejected, queued } = ingest.ledger();
        expect(queued).toBe(0);
        expect([writer.samples().length, total('filtered'), total('rejected')]).toEqual([stored, filtered, rejected]);
        for (const asset of ['acme/line/a', 'acme/line/b']) {
          let next = 0;
          for (const { sequence, signal } of writer.batches(asset)) {
            expect(sequence).toBe(next);
            next += signal.length;
          }
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('each signal keeps its order, and an offer resolves only when the log has its samples', async () => {
  const batches = fc.array(
    fc.array(fc.constantFrom('acme/line/a:plain', 'acme/line/b:count'), { minLength: 1, maxLength: 5 }),
    { maxLength: 20 },
  );
  await fc.assert(
    fc.asyncProperty(batches, fc.array(fc.boolean(), { maxLength: 3 }), async (sent, faults) => {
      const writer = new FakeWriter();
      writer.fault = () => (faults.pop() ? new Error('log away') : undefined);
      const ingest = await openIngest({ plant, writer });
      const sink = ingest.sinkFor(CONNECTION);
      let value = 0;
      await Promise.all(
        sent.map(async (names) => {
          const samples = names.map((signal) => ({ signal, value: value++, status: GOOD }));
          await sink.offer(samples);
          const stored = new Set(writer.samples().map((s) => s.value));
          expect(samples.filter((s) => !stored.has(s.value))).toEqual([]);
        }),
      );
      for (const asset of ['acme/line/a', 'acme/line/b']) {
        const values = writer.samples(asset).map((s) => s.value as number);
        expect(values).toEqual(values.toSorted((x, y) => x - y));
      }
      expect(writer.samples()).toHaveLength(value);
      await ingest.close();
    }),
    { numRuns: 100 },
  );
});
