import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { qualityKind } from '@millwright/events';
import type { Connector, Point } from '../connector.port.js';
import { withDeadline } from '../link/deadline.js';
import type { ConnectorFixture, PointName } from './connector-fixture.js';
import { eventually } from './eventually.js';
import { RecordingSink } from './recording-sink.js';

const SIGNAL = { first: 'plant/a:first', second: 'plant/a:second', wrong: 'plant/b:wrong' } as const;
const SENTENCE = /\w+ \w+ \w+/;

/** What every connector promises; its spec runs it against a device of the protocol. */
export const connectorContract = <Connection, Address>(
  name: string,
  makeFixture: () => Promise<ConnectorFixture<Connection, Address>>,
): void => {
  describe(`connector contract: ${name}`, () => {
    let fixture: ConnectorFixture<Connection, Address>;
    let sink: RecordingSink;
    let runs: { readonly abort: AbortController; readonly done: Promise<void> }[];

    beforeEach(async () => {
      fixture = await makeFixture();
      sink = new RecordingSink();
      runs = [];
    });
    afterEach(async () => {
      for (const { abort } of runs) abort.abort();
      sink.release();
      await Promise.allSettled(runs.map(({ done }) => done));
      await fixture.close();
    });

    const connector = (points: readonly (PointName | 'wrong')[], settings: unknown = fixture.connection): Connector =>
      fixture.protocol.connect({
        name: 'plant/device',
        connection: fixture.protocol.connection.parse(settings),
        points: points.map((point): Point<Address> => ({
          signal: SIGNAL[point],
          address: fixture.protocol.address.parse(fixture.addresses[point]),
          intervalMs: 20,
        })),
        now: Date.now,
        backoff: { minMs: 20, maxMs: 100 },
      });
    const start = (subject: Connector): AbortController => {
      const abort = new AbortController();
      runs.push({ abort, done: subject.run(sink, abort.signal) });
      return abort;
    };
    const arrived = (point: PointName, value: number): Promise<void> =>
      sink.until(`${point} = ${value}`, () => sink.of(SIGNAL[point]).some((s) => s.value === value));
    const linked = (state: 'up' | 'down', times = 1): Promise<void> =>
      sink.until(`link ${state}, ${times} times`, () => sink.links.filter((l) => l.state === state).length >= times);

    test('describes an address in a few characters', () => {
      for (const address of Object.values(fixture.addresses)) {
        const text = fixture.protocol.describe(fixture.protocol.address.parse(address));
        expect(text.length).toBeGreaterThan(0);
        expect(text.length).toBeLessThan(100);
      }
    });

    test('refuses unknown fields of connection and address', () => {
      const unknown = { noSuchField: 1 };
      expect(fixture.protocol.connection.safeParse({ ...(fixture.connection as object), ...unknown }).success).toBe(
        false,
      );
      expect(fixture.protocol.address.safeParse({ ...(fixture.addresses.first as object), ...unknown }).success).toBe(
        false,
      );
    });

    test('probe: device there', async () => {
      await fixture.write('first', 7);
      await fixture.write('second', 8);
      const report = await connector(['first', 'second']).probe(10_000);
      expect(report).toMatchObject({
        ok: true,
        signals: [
          { signal: SIGNAL.first, ok: true },
          { signal: SIGNAL.second, ok: true },
        ],
      });
      expect(report.detail).toMatch(SENTENCE);
    });

    test('probe: device absent', async () => {
      const report = await withDeadline(connector(['first'], fixture.absentConnection).probe(2_000), 10_000, 'probe');
      expect(report.ok).toBe(false);
      expect(report.detail).toMatch(SENTENCE);
    });

    test('probe: one address wrong', async () => {
      await fixture.write('first', 7);
      const report = await connector(['first', 'wrong']).probe(3_000);
      expect(report.ok).toBe(false);
      expect(report.signals).toMatchObject([
        { signal: SIGNAL.first, ok: true },
        { signal: SIGNAL.wrong, ok: false },
      ]);
      expect(report.signals[1]!.detail).toMatch(SENTENCE);
    });

    test('run: delivers good values in order, with source time where there is one', async () => {
      start(connector(['first', 'second']));
      await linked('up');
      await fixture.write('second', 100);
      for (const value of [1, 2, 3]) {
        await fixture.write('first', value);
        await arrived('first', value);
      }
      await arrived('second', 100);
      const sample = sink.of(SIGNAL.first).find((s) => s.value === 3)!;
      expect(qualityKind(sample.status)).toBe('good');
      if (fixture.hasSourceTime) expect(sample.sourceTime).toSatisfy(Number.isSafeInteger);
      const order = sink
        .of(SIGNAL.first)
        .map((s) => s.value)
        .filter((v) => [1, 2, 3].includes(v as number));
      expect(order).toEqual(order.toSorted());
    });

    test('device lost: link down in a sentence, again and again tried, link up, values flow', async () => {
      const subject = connector(['first']);
      start(subject);
      await linked('up');
      await fixture.write('first', 1);
      await arrived('first', 1);
      expect(subject.health()).toMatchObject({ link: 'up', reconnects: 0, faults: [] });
      await fixture.stop();
      await linked('down', 2);
      expect(sink.links.at(-1)!.reason).toMatch(SENTENCE);
      expect(subject.health().lastError).toMatch(SENTENCE);
      await fixture.start();
      await linked('up', 2);
      await fixture.write('first', 2);
      await arrived('first', 2);
      expect(subject.health()).toMatchObject({ link: 'up', reconnects: 1 });
    });

    test('device absent at first: comes up when the device does', async () => {
      await fixture.stop();
      const subject = connector(['first']);
      start(subject);
      await linked('down');
      expect(subject.health().link).not.toBe('up');
      await fixture.start();
      await linked('up');
      expect(subject.health()).toMatchObject({ link: 'up', reconnects: 0 });
    });

    test('one bad signal never stops the others, and shows in the faults', async () => {
      const subject = connector(['wrong', 'first']);
      start(subject);
      await linked('up');
      await fixture.write('first', 41);
      await arrived('first', 41);
      await eventually('a fault of the wrong signal', () => subject.health().faults.length > 0);
      expect(subject.health().faults).toMatchObject([
        { signal: SIGNAL.wrong, reason: expect.stringMatching(SENTENCE) },
      ]);
      await fixture.write('first', 42);
      await arrived('first', 42);
      expect(subject.health().link).toBe('up');
    });

    test('a device that lies: the value passes as it came, for the pipeline to judge', async () => {
      start(connector(['first', 'second']));
      await linked('up');
      const lie = await fixture.lie();
      await sink.until('the lie', () => sink.of(SIGNAL.first).some((s) => Object.is(s.value, lie)));
      await fixture.write('second', 5);
      await arrived('second', 5);
    });

    test('abort ends a run while connected', async () => {
      start(connector(['first']));
      await linked('up');
      await endsInTime();
    });

    test('abort ends a run while the device is away', async () => {
      start(connector(['first'], fixture.absentConnection));
      await linked('down');
      await endsInTime();
    });

    test('abort ends a run while the sink does not answer', async () => {
      sink.hold();
      start(connector(['first']));
      await linked('up');
      await fixture.write('first', 9);
      // One that polls may have read, and be waiting, before the write.
      await sink.until('a sample that waits', () => sink.samples.length > 0);
      await endsInTime();
    });

    const endsInTime = async (): Promise<void> => {
      const { abort, done } = runs[0]!;
      abort.abort();
      await withDeadline(done, 5_000, 'run after abort');
    };

    test('backpressure: while the sink is silent a connector that can wait has no more than its window outstanding', async () => {
      const limit = fixture.maxOutstanding;
      if (limit === undefined) return expect(await offersOfHeldSink(20)).toBe(0);
      expect(await offersOfHeldSink(limit + 20)).toBeLessThanOrEqual(limit);
      sink.release();
      await fixture.write('first', 1_000_000);
      await arrived('first', 1_000_000);
    });

    /** Samples left unanswered when the device has had `writes` values to give and the sink answers nothing. */
    const offersOfHeldSink = async (writes: number): Promise<number> => {
      sink.hold();
      start(connector(['first']));
      await linked('up');
      for (let value = 1; value <= writes; value++) await fixture.write('first', value);
      await sink.until('a sample', () => sink.samples.length > 0);
      return sink.outstanding;
    };
  });
};
