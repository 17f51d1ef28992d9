import { randomUUID } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { identifierOf, streams, type ReadReq, type ReadResp } from '@millwright/esdb-protocol';
import type { LogRecord } from '@millwright/event-store';
import { describe, expect, test } from 'vitest';
import { until } from './until.fixture.js';
import { FakeServer, type FakeRead } from './fake-server.fixture.js';
import { EsdbReader } from './reader.js';

const STREAM = 's';

const answer = (n: number, type = 'T'): ReadResp => {
  const event = new streams.ReadResp.ReadEvent.RecordedEvent()
    .setStreamIdentifier(identifierOf(STREAM))
    .setStreamRevision(`${n}`)
    .setCommitPosition(`${n * 10}`)
    .setPreparePosition(`${n * 10}`);
  event.setId(new streams.BatchAppendReq().getCorrelationId());
  event.getMetadataMap().set('type', type).set('created', '10000').set('content-type', 'application/json');
  return new streams.ReadResp().setEvent(new streams.ReadResp.ReadEvent().setEvent(event));
};

/** A log of events 1 to 20, read from where the request says, as far as `upTo` in one go. */
const serve = (call: FakeRead, request: ReadReq, upTo = 20): void => {
  const options = request.getOptions()!;
  const stream = options.getStream();
  const from = stream
    ? Number(stream.hasRevision() ? stream.getRevision() : 1)
    : Number(options.getAll()!.getPosition()?.getCommitPosition() ?? 10) / 10;
  const count = Math.min(Number(options.getCount()), upTo - from + 1);
  for (let n = from; n < from + count; n++) call.answer(answer(n, n % 580 === 0 ? 'Rare' : 'T'));
};

const setUp = (deadlineMs = 400): { server: FakeServer; reader: EsdbReader; pauses: number[] } => {
  const server = new FakeServer();
  const pauses: number[] = [];
  const pause = async (attempt: number): Promise<void> => void pauses.push(attempt);
  return { server, pauses, reader: new EsdbReader({ connection: server.connection, deadlineMs, pause }) };
};

const revisions = async (records: AsyncIterable<LogRecord>): Promise<number[]> => {
  const all: number[] = [];
  for await (const { revision } of records) all.push(Number(revision));
  return all;
};
const upTo20 = (from = 1): number[] => Array.from({ length: 21 - from }, (_, n) => from + n);

describe('a read', () => {
  test.each<[what: string, read: (reader: EsdbReader) => AsyncIterable<LogRecord>]>([
    ['of a stream', (reader) => reader.readStream(STREAM)],
    ['of the log', (reader) => reader.readAll()],
  ])('%s goes on where it broke, without gap or repeat', async (_, read) => {
    const { server, reader, pauses } = setUp();
    server.onRead = (call, request) => {
      const round = server.reads.length;
      serve(call, request, Math.min(20, round * 6));
      if (round < 4) setImmediate(() => call.fail(status.UNAVAILABLE));
      else call.finish();
    };
    expect(await revisions(read(reader))).toEqual(upTo20());
    expect([server.reads.length, server.links, pauses]).toEqual([4, 4, [0, 0, 0]]);
  });

  test('that gets nothing is tried again until the deadline, ever more slowly', async () => {
    const { server, reader, pauses } = setUp(300);
    server.onRead = (call) => void setTimeout(() => call.fail(status.UNAVAILABLE), 10);
    await expect(revisions(reader.readAll())).rejects.toMatchObject({ code: 'unavailable' });
    expect(pauses.length).toBeGreaterThan(1);
    expect(pauses).toEqual(pauses.map((_, n) => n));
  });

  test('of a silent server ends at the deadline, and the call is given up', async () => {
    const { server, reader } = setUp(80);
    const begun = performance.now();
    await expect(revisions(reader.readStream(STREAM))).rejects.toMatchObject({
      code: 'deadline-exceeded',
      message: expect.stringMatching(/^read stream "s" at esdb:\/\/fake.*did not answer in time/),
    });
    expect(performance.now() - begun).toBeGreaterThan(75);
    expect(server.reads.every(({ call }) => call.cancelled)).toBe(true);
  });

  test('of a caller who takes his time has no deadline', async () => {
    const { server, reader } = setUp(300);
    server.onRead = (call, request) => {
      serve(call, request);
      call.finish();
    };
    const seen: number[] = [];
    for await (const { revision } of reader.readStream(STREAM)) {
      seen.push(Number(revision));
      if (revision === 3n) await new Promise((resolve) => setTimeout(resolve, 650));
    }
    expect(seen).toEqual(upTo20());
    expect(server.reads).toHaveLength(1);
  });

  test('that is given up frees the call', async () => {
    const { server, reader } = setUp();
    server.onRead = serve;
    for await (const { revision } of reader.readAll()) if (revision === 2n) break;
    expect(server.reads[0]!.call.cancelled).toBe(true);
  });

  test('takes what it wants of an endless answer, and asks for no more', async () => {
    const { server, reader } = setUp();
    server.onRead = serve;
    expect(await revisions(reader.readStream(STREAM, { maxCount: 4 }))).toEqual([1, 2, 3, 4]);
    expect(server.reads[0]!.request.getOptions()!.getCount()).toBe('4');
  });

  test('a failure that does not pass is told at once', async () => {
    const { server, reader, pauses } = setUp();
    server.onRead = (call) => void call.fail(status.PERMISSION_DENIED);
    await expect(revisions(reader.readAll())).rejects.toMatchObject({ code: 'access-denied' });
    expect(pauses).toEqual([]);
  });

  test('ends with `closed` when the connection is closed under it', async () => {
    const { server, reader } = setUp(10_000);
    const reading = revisions(reader.readAll());
    const closed = expect(reading).rejects.toMatchObject({ code: 'closed' });
    await until(() => server.reads.length === 1);
    server.connection.close();
    await closed;
  });
});

describe('a filter', () => {
  const filters = (server: FakeServer): (string | undefined)[] =>
    server.reads.map(({ request }) => request.getOptions()!.getFilter()?.getEventType()?.getRegex());

  test('that the server looks through a long stretch for is applied here after half the deadline', async () => {
    const { server, reader } = setUp(300);
    server.onRead = (call, request) => {
      if (request.getOptions()!.hasFilter()) return;
      serve(call, request);
      call.finish();
    };
    const read = reader.forwards({ filter: { types: ['T'] } });
    expect(await revisions(read)).toEqual(upTo20());
    expect(filters(server).filter((regex) => regex !== undefined).length).toBeGreaterThan(0);
    expect(filters(server).at(-1)).toBeUndefined();
  });

  test('is not asked for again in such a read, however many pages it takes', async () => {
    const { server, reader } = setUp(300);
    server.onRead = (call, request) => {
      if (request.getOptions()!.hasFilter()) return;
      serve(call, request, 600);
      call.finish();
    };
    expect(await revisions(reader.readAll({ filter: { types: ['Rare'] }, maxCount: 1 }))).toEqual([580]);
    const asked = filters(server);
    expect(asked.lastIndexOf('^(Rare)$')).toBeLessThan(asked.indexOf(undefined));
    expect(asked.filter((regex) => regex === undefined).length).toBeGreaterThan(1);
  });

  test('that cannot be met asks nobody', async () => {
    const { server, reader } = setUp();
    expect(await revisions(reader.readAll({ filter: { types: [] } }))).toEqual([]);
    expect(server.reads).toEqual([]);
  });

  test('that the server knows only a part of is asked for in pages', async () => {
    const { server, reader } = setUp();
    server.onRead = (call, request) => {
      serve(call, request);
      call.finish();
    };
    const filter = { types: ['T'], streamPattern: `^${STREAM}$` };
    expect(await revisions(reader.readAll({ filter, maxCount: 2 }))).toEqual([1, 2]);
    expect(server.reads[0]!.request.getOptions()!.getCount()).toBe('256');
  });
});

test('a server that does not say where events of a stream are in the log is not supported', async () => {
  const { server, reader } = setUp();
  server.onRead = (call) => {
    const old = answer(1);
    old.getEvent()!.getEvent()!.setCommitPosition('18446744073709551615');
    call.answer(old).finish();
  };
  await expect(revisions(reader.readStream(`${STREAM}-${randomUUID()}`))).rejects.toMatchObject({
    code: 'not-supported',
    message: expect.stringMatching(/22\.6 or later/),
  });
});
