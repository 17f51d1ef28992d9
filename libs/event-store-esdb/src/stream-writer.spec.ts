import { randomUUID } from 'node:crypto';
import {
  EventStoreError,
  meets,
  planAppend,
  WrongExpectedRevisionError,
  type AppendResult,
  type ExpectedRevision,
  type LogRecord,
  type NewRecord,
} from '@millwright/event-store';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Written } from './batch-call.js';
import { StreamEnd } from './stream-end.js';
import { StreamWriter, type Append } from './stream-writer.js';

const record = (id = randomUUID()): NewRecord => ({ id, type: 'T', data: '{}', metadata: '{}' });
const records = (count: number): NewRecord[] => Array.from({ length: count }, () => record());
const ids = (list: readonly { readonly id: string }[]): string[] => list.map(({ id }) => id);
const away = (): EventStoreError => new EventStoreError('unavailable', 'away');

/** What happens to one request: it is written or not, and its answer comes or not. */
type Fate = 'well' | 'lost' | 'written, answer lost' | 'a stranger was first' | 'overloaded';

/** A server with one stream, which knows nothing of ids; its fates are those of the requests to come, then all goes well. */
class FakeServer {
  readonly stream: LogRecord[] = [];
  readonly fates: Fate[] = [];
  readonly requests: ExpectedRevision[] = [];
  ends = 0;
  /** Events up to here cannot be seen. */
  hiddenTo = 0;
  /** As for a stream whose events are all too old: it is not deleted. */
  refusesNoStream = false;
  private queue: Promise<unknown> = Promise.resolve();
  readonly writer = new StreamWriter({
    stream: 's',
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    readEnd: async () => {
      this.ends++;
      return new StreamEnd(this.stream.slice(this.hiddenTo).slice(-64).reverse());
    },
    positionOf: async (revision) => this.stream[Number(revision)]!.position,
    send: (expected, sent) => {
      this.requests.push(expected);
      const answer = this.queue.then(() => this.answer(expected, sent));
      this.queue = answer.catch(() => undefined);
      return answer;
    },
  });

  append(expected: ExpectedRevision, sent: readonly NewRecord[]): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      this.writer.add({ expected, records: sent, resolve, reject, expired: false, failure: undefined });
    });
  }

  write(written: readonly NewRecord[]): void {
    for (const fresh of written) {
      const revision = BigInt(this.stream.length);
      this.stream.push({ ...fresh, stream: 's', revision, position: 10n + revision * 7n, recordedAt: 0 });
    }
  }

  private async answer(expected: ExpectedRevision, sent: readonly NewRecord[]): Promise<Written> {
    await new Promise((resolve) => setImmediate(resolve));
    const fate = this.fates.shift() ?? 'well';
    if (fate === 'lost') throw away();
    if (fate === 'overloaded') throw new EventStoreError('overloaded', 'later');
    if (fate === 'a stranger was first') this.write([record()]);
    const last = this.stream.at(-1)?.revision;
    const deleted = !this.refusesNoStream && this.hiddenTo > 0 && this.hiddenTo === this.stream.length;
    if (!meets(last, expected, deleted)) {
      throw new WrongExpectedRevisionError('s', expected.toString(), last ?? 'no-stream');
    }
    this.write(sent);
    if (fate === 'written, answer lost') throw away();
    const { revision, position } = this.stream.at(-1)!;
    return { revision, position };
  }
}

const placeOf = ({ revision, position }: LogRecord): AppendResult => ({ revision, position });

describe('one stream', () => {
  test('is asked once how it ends, and then written to with revisions, many at once', async () => {
    const server = new FakeServer();
    server.write(records(3));
    const batches = Array.from({ length: 20 }, () => records(2));
    const results = await Promise.all(batches.map((batch) => server.append('any', batch)));
    expect(server.ends).toBe(1);
    expect(server.requests).toEqual(batches.map((_, n) => BigInt(2 + 2 * n)));
    expect(results).toEqual(batches.map((_, n) => placeOf(server.stream[3 + 2 * n + 1]!)));
  });

  test.each<Fate>(['lost', 'written, answer lost', 'overloaded', 'a stranger was first'])(
    'is written to once and in order when a request is: %s',
    async (fate) => {
      const server = new FakeServer();
      const before = records(1);
      await server.append('any', before);
      server.fates.push('well', fate, 'well', 'well');
      const batches = Array.from({ length: 6 }, () => records(2));
      const results = await Promise.all(batches.map((batch) => server.append('any', batch)));
      const ours = ids([...before, ...batches.flat()]);
      expect(ids(server.stream).filter((id) => ours.includes(id))).toEqual(ours);
      const lasts = batches.map((batch) => server.stream.find(({ id }) => id === batch[1]!.id)!);
      expect(results).toEqual(lasts.map(placeOf));
    },
  );

  test('says that a revision is wrong only by what it has just read', async () => {
    const server = new FakeServer();
    await server.append('no-stream', records(1));
    server.write(records(1));
    await server.append(1n, records(1));
    expect(server.ends).toBe(2);
    await expect(server.append('no-stream', records(1))).rejects.toMatchObject({ actual: 2n, expected: 'no-stream' });
    expect(server.ends).toBe(3);
  });

  test('of many that expect the same, one is written; the end is read once more for all the others', async () => {
    const server = new FakeServer();
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => server.append('no-stream', records(1))));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect([server.stream.length, server.requests.length, server.ends]).toEqual([1, 1, 2]);
  });

  test('without events to be seen goes on where the server says it is', async () => {
    const server = new FakeServer();
    server.write(records(3));
    server.hiddenTo = 3;
    server.refusesNoStream = true;
    expect((await server.append('any', records(1))).revision).toBe(3n);
    expect(server.requests).toEqual(['no-stream', 2n]);
    expect((await server.append('any', records(1))).revision).toBe(4n);
    expect(server.requests).toHaveLength(3);
  });

  test('that was deleted while its end was read is read again', async () => {
    const server = new FakeServer();
    server.write(records(2));
    const append = server.append('no-stream', records(1));
    server.hiddenTo = 2;
    server.writer.forget();
    expect((await append).revision).toBe(2n);
    expect(server.ends).toBe(2);
  });

  test('whose end cannot be read: for now, and its appends wait; for ever, and they hear it', async () => {
    let tries = 0;
    const failures: (EventStoreError | undefined)[] = [];
    const writer = new StreamWriter({
      stream: 's',
      pause: async () => void failures.push(append.failure),
      readEnd: async () => {
        throw ++tries < 4 ? away() : new EventStoreError('access-denied', 'no');
      },
      positionOf: async () => 0n,
      send: async () => ({ revision: 0n, position: 1n }),
    });
    let append!: Append;
    const refused = new Promise<AppendResult>((resolve, reject) => {
      append = { expected: 'any', records: records(1), resolve, reject, expired: false, failure: undefined };
      writer.add(append);
    });
    await expect(refused).rejects.toMatchObject({ code: 'access-denied' });
    expect(failures.map((failure) => failure?.code)).toEqual(['unavailable', 'unavailable', 'unavailable']);
    expect(writer.idle).toBe(true);
  });

  test('does not send what nobody waits for any more', async () => {
    const server = new FakeServer();
    const late: Append = {
      expected: 'any',
      records: records(1),
      resolve: () => undefined,
      reject: () => undefined,
      expired: true,
      failure: undefined,
    };
    server.writer.add(late);
    await server.append('any', records(1));
    expect(server.stream).toHaveLength(1);
  });

  test('of an answer that tells no position, it is read', async () => {
    const first = record();
    const stored: LogRecord = { ...first, stream: 's', revision: 0n, position: 77n, recordedAt: 0 };
    const writer = new StreamWriter({
      stream: 's',
      pause: async () => undefined,
      readEnd: async () => new StreamEnd([]),
      positionOf: async (revision) => (revision === stored.revision ? stored.position : -1n),
      send: async () => ({ revision: 0n, position: undefined }),
    });
    const result = await new Promise<AppendResult>((resolve, reject) =>
      writer.add({ expected: 'any', records: [first], resolve, reject, expired: false, failure: undefined }),
    );
    expect(result).toEqual({ revision: 0n, position: 77n });
  });
});

describe('any appends, and any fates of their requests', () => {
  const fates = fc.array(
    fc.constantFrom<Fate>('well', 'well', 'lost', 'written, answer lost', 'a stranger was first', 'overloaded'),
    { maxLength: 20 },
  );
  // Few events, so that repeats of all kinds are common; their number stays within what is remembered.
  const appends = fc.array(
    fc.record({
      expected: fc.oneof(
        fc.constantFrom<ExpectedRevision>('any', 'no-stream', 'stream-exists'),
        fc.bigInt({ min: 0n, max: 6n }),
      ),
      events: fc.uniqueArray(fc.nat({ max: 5 }), { minLength: 1, maxLength: 3 }),
      together: fc.boolean(),
    }),
    { maxLength: 12 },
  );

  test('each event is there once; what was acknowledged is there, at the place that was told', async () => {
    await fc.assert(
      fc.asyncProperty(fates, appends, async (planned, list) => {
        const server = new FakeServer();
        server.fates.push(...planned);
        const pool = records(6);
        const outcomes: Promise<void>[] = [];
        for (const { expected, events, together } of list) {
          const batch = events.map((n) => pool[n]!);
          const outcome = server.append(expected, batch).then(
            ({ revision, position }) => {
              const last = server.stream[Number(revision)]!;
              expect(last.position).toBe(position);
              expect(ids(batch)).toContain(last.id);
              const there = new Set(ids(server.stream));
              expect(ids(batch).filter((id) => !there.has(id))).toEqual([]);
            },
            (error: unknown) => {
              expect(error).toBeInstanceOf(WrongExpectedRevisionError);
            },
          );
          outcomes.push(outcome);
          if (!together) await outcome;
        }
        await Promise.all(outcomes);
        expect(new Set(ids(server.stream)).size).toBe(server.stream.length);
      }),
      { numRuns: 300 },
    );
  });

  test('without strangers and one after the other they end as planned', async () => {
    const own = fates.map((list) => list.filter((fate) => fate !== 'a stranger was first'));
    await fc.assert(
      fc.asyncProperty(own, appends, async (planned, list) => {
        const server = new FakeServer();
        server.fates.push(...planned);
        const pool = records(6);
        const model: string[] = [];
        for (const { expected, events } of list) {
          const batch = events.map((n) => pool[n]!);
          const there = batch.map(({ id }) => (model.includes(id) ? BigInt(model.indexOf(id)) : undefined));
          const last = model.length === 0 ? undefined : BigInt(model.length - 1);
          const plan = planAppend(last, expected, there);
          const ok = await server.append(expected, batch).then(
            () => true,
            () => false,
          );
          expect(ok).toBe(plan.ok);
          if (plan.ok) model.push(...plan.fresh.map((n) => batch[n]!.id));
          expect(ids(server.stream)).toEqual(model);
        }
      }),
      { numRuns: 300 },
    );
  });
});
