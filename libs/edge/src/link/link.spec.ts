import { describe, expect, test } from 'vitest';
import { RecordingSink } from '../testing/recording-sink.js';
import { Backoff, pause } from './backoff.js';
import { DeadlineError, errorText, withDeadline } from './deadline.js';
import { ConnectorDefect, keepLink, type LinkSession } from './keep-link.js';
import { LinkHealth } from './link-health.js';

describe('backoff', () => {
  test('doubles up to the cap, between half and whole', () => {
    const whole = new Backoff({ minMs: 100, maxMs: 1_000, random: () => 1 });
    expect([1, 2, 3, 4, 5, 6].map(() => whole.next())).toEqual([100, 200, 400, 800, 1_000, 1_000]);
    const half = new Backoff({ minMs: 100, maxMs: 1_000, random: () => 0 });
    expect([1, 2, 3].map(() => half.next())).toEqual([50, 100, 200]);
    half.reset();
    expect(half.next()).toBe(50);
  });

  test('stays finite for ever', () => {
    const backoff = new Backoff({ minMs: 1, maxMs: 5_000, random: () => 1 });
    for (let i = 0; i < 2_000; i++) backoff.next();
    expect(backoff.next()).toBe(5_000);
  });

  test('a pause ends with the signal', async () => {
    const abort = new AbortController();
    const pausing = pause(3_600_000, abort.signal);
    abort.abort();
    await withDeadline(pausing, 5_000, 'pause');
    await pause(3_600_000, abort.signal);
  });
});

describe('deadline', () => {
  test('names what did not answer', async () => {
    const never = new Promise<void>(() => undefined);
    await expect(withDeadline(never, 5, 'reading "x" of 10.0.0.1')).rejects.toThrow(
      'reading "x" of 10.0.0.1: no answer within 5 ms',
    );
    await expect(withDeadline(never, 5, 'x')).rejects.toBeInstanceOf(DeadlineError);
  });

  test('passes the outcome on', async () => {
    await expect(withDeadline(Promise.resolve(1), 1_000, 'x')).resolves.toBe(1);
    await expect(withDeadline(Promise.reject(new Error('no')), 1_000, 'x')).rejects.toThrow('no');
  });

  test('text of anything thrown', () => {
    expect(errorText(new Error('a'))).toBe('a');
    expect(errorText('b')).toBe('b');
    expect(errorText(new AggregateError([new Error('::1 refused'), new Error('127.0.0.1 refused')], ''))).toBe(
      '::1 refused; 127.0.0.1 refused',
    );
  });
});

describe('link health', () => {
  test('counts reconnects and keeps the last error', () => {
    let now = 1;
    const health = new LinkHealth('not started', () => now);
    expect(health.snapshot()).toEqual({ link: 'connecting', detail: 'not started', reconnects: 0, faults: [] });
    health.up('connected');
    health.down('cable pulled');
    expect(health.snapshot()).toMatchObject({
      link: 'down',
      detail: 'cable pulled',
      lastError: 'cable pulled',
      reconnects: 0,
      lastSeen: 1,
    });
    now = 2;
    health.up('connected');
    health.up('still connected');
    expect(health.snapshot()).toMatchObject({ link: 'up', reconnects: 1, lastError: 'cable pulled', lastSeen: 2 });
  });

  test('faults come and go by signal', () => {
    const health = new LinkHealth('', () => 0);
    health.fault('a:x', 'no such register');
    health.fault('a:x', 'still no such register');
    health.fault('a:y', 'no such register');
    health.recovered('a:y');
    expect(health.snapshot().faults).toEqual([{ signal: 'a:x', reason: 'still no such register' }]);
  });
});

describe('keepLink', () => {
  const scene = (open: (attempt: number, abort: AbortController) => Promise<LinkSession>) => {
    const sink = new RecordingSink();
    const abort = new AbortController();
    const health = new LinkHealth('not started', () => 0);
    let attempts = 0;
    const run = keepLink({
      sink,
      signal: abort.signal,
      health,
      backoff: new Backoff({ minMs: 1, maxMs: 2 }),
      now: () => 0,
      open: () => open(++attempts, abort),
    });
    return { sink, abort, health, run };
  };
  const session = (ended: Promise<string>, onClose: () => void): LinkSession => ({
    detail: 'connected to the test',
    ended,
    close: async () => onClose(),
  });

  test('opens again after a failed try and after a loss, and closes each session once', async () => {
    let closed = 0;
    const { sink, health, run } = scene(async (attempt, abort) => {
      if (attempt === 1) throw new Error('nobody listens');
      if (attempt === 2) return session(Promise.resolve('the peer hung up'), () => closed++);
      if (attempt === 3) return session(Promise.reject(new Error('reset')), () => closed++);
      setImmediate(() => abort.abort());
      return session(new Promise(() => undefined), () => closed++);
    });
    await withDeadline(run, 5_000, 'run');
    expect(sink.links).toEqual([
      { state: 'down', reason: 'nobody listens' },
      { state: 'up', reason: 'connected to the test' },
      { state: 'down', reason: 'the peer hung up' },
      { state: 'up', reason: 'connected to the test' },
      { state: 'down', reason: 'reset' },
      { state: 'up', reason: 'connected to the test' },
    ]);
    expect(closed).toBe(3);
    expect(health.snapshot()).toMatchObject({
      reconnects: 2,
      lastError: expect.stringContaining('reset; trying again in'),
    });
  });

  test('an abort while opening says nothing to the sink', async () => {
    const { sink, run } = scene(async (_, abort) => {
      abort.abort();
      throw new Error('aborted');
    });
    await withDeadline(run, 5_000, 'run');
    expect(sink.links).toEqual([]);
  });

  test('a defect of the connector ends the run', async () => {
    const { run } = scene(async () => session(Promise.reject(new ConnectorDefect('cannot be')), () => undefined));
    await expect(run).rejects.toThrow('cannot be');
  });
});
