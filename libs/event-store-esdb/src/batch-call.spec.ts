import { randomUUID } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { shared, streams, uuidText, type BatchAppendReq, type BatchAppendResp } from '@millwright/esdb-protocol';
import type { NewRecord } from '@millwright/event-store';
import { describe, expect, test } from 'vitest';
import { until } from './until.fixture.js';
import { BatchCall } from './batch-call.js';
import { FakeServer } from './fake-server.fixture.js';

const record = (data = '{}'): NewRecord => ({ id: randomUUID(), type: 'T', data, metadata: '{}' });

const done = (request: BatchAppendReq, revision: number, position?: number): BatchAppendResp => {
  const success = new streams.BatchAppendResp.Success().setCurrentRevision(`${revision}`);
  if (position !== undefined) success.setPosition(new shared.AllStreamPosition().setCommitPosition(`${position}`));
  return new streams.BatchAppendResp().setCorrelationId(request.getCorrelationId()).setSuccess(success);
};

/** A server that answers each append with its number. */
const answering = (): FakeServer => {
  const server = new FakeServer();
  let revision = 0;
  server.onBatch = (call) =>
    call.on('asked', () => {
      const request = call.requests.at(-1)!;
      if (request.getIsFinal()) call.answer(done(request, ++revision, revision * 10));
    });
  return server;
};

describe('appends over one call', () => {
  test('are sent in the order they came, also while the call is being opened', async () => {
    const server = answering();
    const batch = new BatchCall(server.connection, 20_000);
    const first = Array.from({ length: 5 }, () => batch.append('s', 'any', [record()]));
    await Promise.resolve();
    const more = Array.from({ length: 5 }, () => batch.append('s', 'any', [record()]));
    const revisions = (await Promise.all([...first, ...more])).map(({ revision }) => Number(revision));
    expect(revisions).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(server.batches).toHaveLength(1);
  });

  test('of many bytes go as several messages, the last one final', async () => {
    const server = answering();
    const batch = new BatchCall(server.connection, 20_000);
    const records = Array.from({ length: 20_000 }, () => record());
    await batch.append('s', 3n, records);
    const [call] = server.batches;
    const { requests } = call!;
    expect(requests.length).toBeGreaterThan(1);
    expect(requests.map((request) => request.getIsFinal())).toEqual(requests.map((_, n) => n === requests.length - 1));
    expect(requests.map((request) => request.hasOptions())).toEqual(requests.map((_, n) => n === 0));
    expect(new Set(requests.map((request) => uuidText(request.getCorrelationId()))).size).toBe(1);
    const sent = requests.flatMap((request) => request.getProposedMessagesList());
    expect(sent.map((message) => uuidText(message.getId()))).toEqual(records.map(({ id }) => id));
    for (const request of requests) expect(request.serializeBinary().length).toBeLessThan(1_500_000);
  });

  test('an answer without a position, and one that nobody waits for', async () => {
    const server = new FakeServer();
    server.onBatch = (call) =>
      call.on('asked', () => {
        const [request] = call.requests;
        const stranger = new streams.BatchAppendReq().setCorrelationId(new shared.UUID().setString(randomUUID()));
        call.answer(done(stranger, 99), done(request!, 7), done(request!, 8));
      });
    const batch = new BatchCall(server.connection, 20_000);
    expect(await batch.append('s', 'any', [record()])).toEqual({ revision: 7n, position: undefined });
  });

  test('fail together when the call breaks, and the next one goes over a new channel', async () => {
    const server = new FakeServer();
    const batch = new BatchCall(server.connection, 20_000);
    server.onBatch = (call) =>
      call.on('asked', () => call.requests.length === 3 && setImmediate(() => call.fail(status.UNAVAILABLE)));
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => batch.append('s', 'any', [record()])));
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
    }
    server.onBatch = answering().onBatch;
    await batch.append('s', 'any', [record()]);
    expect([server.links, server.batches.length]).toEqual([2, 2]);
  });

  test('fail when the server ends the call, and when the connection is closed', async () => {
    const server = new FakeServer();
    const batch = new BatchCall(server.connection, 20_000);
    server.onBatch = (call) => call.once('asked', () => call.finish());
    await expect(batch.append('s', 'any', [record()])).rejects.toMatchObject({ code: 'unavailable' });
    server.onBatch = () => undefined;
    const pending = batch.append('s', 'any', [record()]);
    await until(() => server.batches[1]?.requests.length === 1);
    batch.close();
    await expect(pending).rejects.toMatchObject({ code: 'closed' });
    expect(server.batches[1]!.cancelled).toBe(true);
  });

  test('fail after a silence, not before, and a late answer disturbs nothing', async () => {
    const server = new FakeServer();
    const batch = new BatchCall(server.connection, 300);
    const begun = performance.now();
    const silent = batch.append('s', 'any', [record()]);
    await expect(silent).rejects.toMatchObject({
      code: 'deadline-exceeded',
      message: expect.stringMatching(/no answer to an append has come for 300 ms/),
    });
    expect(performance.now() - begun).toBeGreaterThan(295);
    const [first] = server.batches;
    expect(first!.cancelled).toBe(true);
    server.onBatch = answering().onBatch;
    const { revision } = await batch.append('s', 'any', [record()]);
    expect([revision, server.links]).toEqual([1n, 2]);
  });

  test('one that is never answered, though others are, fails in the end', async () => {
    const server = new FakeServer();
    server.onBatch = (call) =>
      call.on('asked', () => {
        if (call.requests.length > 1) call.answer(done(call.requests.at(-1)!, 1, 1));
      });
    const batch = new BatchCall(server.connection, 200);
    let lost: unknown;
    const forgotten = batch.append('s', 'any', [record()]).catch((error: unknown) => (lost = error));
    await until(async () => {
      await batch.append('s', 'any', [record()]).catch(() => undefined);
      return lost !== undefined;
    });
    expect(await forgotten).toMatchObject({ code: 'deadline-exceeded' });
  });
});
