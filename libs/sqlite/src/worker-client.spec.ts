import { afterEach, expect, test } from 'vitest';
import { WorkerClient, type WorkerClientOptions } from './worker-client.js';
import { WorkerError } from './worker-error.js';

const FIXTURE = new URL('./worker.fixture.mjs', import.meta.url);
const open: WorkerClient[] = [];

const start = (workerData: object = {}, options: Partial<WorkerClientOptions> = {}): WorkerClient => {
  const client = new WorkerClient(FIXTURE, { name: 'the worker', workerData, ...options });
  open.push(client);
  return client;
};

afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close(0)));
});

const failure = async (promise: Promise<unknown>): Promise<WorkerError> => {
  const error = await promise.then(
    (value) => expect.fail(`expected a rejection, got ${JSON.stringify(value)}`),
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(WorkerError);
  return error as WorkerError;
};

test('calls are answered, and synchronous ones run in the order of the calls', async () => {
  const client = start();
  await client.ready();
  expect(await client.call('add', { a: 2, b: 3 })).toBe(5);
  await Promise.all(['a', 'b', 'c'].map((text) => client.call('note', text)));
  expect(await client.call('log')).toEqual(['a', 'b', 'c']);
  expect(client.pending).toBe(0);
});

test('a call may wait for another one', async () => {
  const client = start();
  const waiting = client.call('released');
  await client.call('release');
  expect(await waiting).toBe('released');
});

test('an error of the worker arrives with its message, SQLite code and stack', async () => {
  const client = start();
  const error = await failure(client.call('fail'));
  expect(error).toMatchObject({ code: 'failed', message: 'disk is full', sqliteCode: 'SQLITE_FULL' });
  expect((error.cause as Error).stack).toContain('worker.fixture.mjs');
  expect(await failure(client.call('failLater'))).toMatchObject({ code: 'failed', message: 'later' });
  expect(await client.call('add', { a: 1, b: 1 })).toBe(2);
});

test('memory that is handed over arrives whole, and is gone here', async () => {
  const client = start();
  const bytes = new Uint8Array([1, 2, 3]);
  const noted = client.call('note', bytes, undefined, [bytes.buffer]);
  expect(bytes.byteLength).toBe(0);
  await noted;
  expect(await client.call('log')).toEqual([new Uint8Array([1, 2, 3])]);
});

test('an open that tells of its work gets a deadline of its own from then on', async () => {
  const heard: unknown[] = [];
  const client = start({ tell: 'long work', neverOpen: true }, { onEvent: (_, data) => heard.push(data) });
  const error = await failure(client.ready(600_000, 5));
  expect(error).toMatchObject({ code: 'deadline-exceeded', message: 'the worker did not start within 5 ms' });
  expect(heard).toEqual(['long work']);
});

test('an unknown method is refused by name, with those that exist', async () => {
  expect((await failure(start().call('toString'))).message).toMatch(/no method "toString".*add, note/);
});

test('arguments and answers that cannot be sent reject', async () => {
  const client = start();
  await expect(client.call('note', () => undefined)).rejects.toThrow(/could not be cloned/);
  await expect(client.call('unclonable')).rejects.toThrow(/could not be cloned/);
  expect(client.pending).toBe(0);
});

test('a call that misses its deadline rejects; its slot stays taken until the worker answers', async () => {
  const client = start();
  await client.ready();
  const error = await failure(client.call('released', undefined, 5));
  expect(error).toMatchObject({ code: 'deadline-exceeded' });
  expect(error.message).toMatch(/the worker did not answer "released" within 5 ms/);
  expect(client.pending).toBe(1);
  await client.call('release');
  await client.call('log');
  expect(client.pending).toBe(0);
});

test('pending calls are bounded', async () => {
  const client = start({}, { maxPending: 2 });
  await client.ready();
  const waiting = [client.call('released'), client.call('released')];
  expect(await failure(client.call('release'))).toMatchObject({ code: 'overloaded' });
  const close = client.close(0);
  for (const call of waiting) expect(await failure(call)).toMatchObject({ code: 'closed' });
  await close;
});

test.each([
  ['crash', /the worker died: boom/],
  ['exit', /the worker ended by itself with code 3/],
])('a worker that ends by %s rejects every call, and says so once', async (method, message) => {
  const failures: WorkerError[] = [];
  const client = start({}, { onFailure: (error) => failures.push(error) });
  const waiting = client.call('never');
  void client.call(method).catch(() => undefined);
  const error = await failure(waiting);
  expect(error.code).toBe('unavailable');
  expect(error.message).toMatch(message);
  expect(await failure(client.call('add', { a: 1, b: 1 }))).toBe(error);
  await client.close();
  expect(failures).toEqual([error]);
});

test('a worker that cannot open says why to ready and to every call', async () => {
  const failures: WorkerError[] = [];
  const client = start({ refuse: 'the file is broken' }, { onFailure: (error) => failures.push(error) });
  const call = client.call('add', { a: 1, b: 1 });
  expect(await failure(client.ready())).toMatchObject({ code: 'failed', message: 'the file is broken' });
  expect(await failure(call)).toMatchObject({ message: 'the file is broken' });
  expect(await failure(client.call('log'))).toMatchObject({ message: 'the file is broken' });
  expect(failures).toEqual([]);
});

test('a database that cannot be opened keeps its SQLite code', async () => {
  const error = await failure(start({ open: '/nowhere/at/all.db' }).ready());
  expect(error.sqliteCode).toBe('SQLITE_CANTOPEN');
  expect(error.message).toContain('/nowhere/at/all.db');
});

test('ready has a deadline', async () => {
  const client = start({ neverOpen: true }, { deadlineMs: 5 });
  expect(await failure(client.ready())).toMatchObject({ code: 'deadline-exceeded' });
});

test('events of the worker reach the client', async () => {
  const events: unknown[] = [];
  const client = start({}, { onEvent: (name, data) => events.push([name, data]) });
  await client.call('announce', 'hello');
  expect(events).toEqual([['announced', 'hello']]);
});

test('close lets calls under way end, runs the worker’s close, then refuses', async () => {
  const events: unknown[] = [];
  const client = start({}, { onEvent: (name, data) => events.push([name, data]) });
  const calls = [client.call('note', 'a'), client.call('note', 'b')];
  const close = client.close();
  expect(await failure(client.call('note', 'c'))).toMatchObject({ code: 'closed' });
  await close;
  await client.close();
  expect(await Promise.all(calls)).toEqual([1, 2]);
  expect(events).toEqual([['closing', 2]]);
});

test('close kills a worker that does not end, and its calls reject', async () => {
  const client = start();
  await client.ready();
  const blocked = client.call('block', new SharedArrayBuffer(4));
  const rejected = failure(blocked);
  await client.close(5);
  expect(await rejected).toMatchObject({ code: 'closed' });
});
