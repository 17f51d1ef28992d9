import { describe, expect, test, vi } from 'vitest';
import { Shutdown } from './shutdown.js';

const reporter = () => ({ info: vi.fn(), warn: vi.fn(), error: vi.fn() });

describe('shutdown', () => {
  test('ends parts in the opposite order of their start, once', async () => {
    const order: string[] = [];
    const shutdown = new Shutdown(reporter());
    for (const name of ['log', 'actors', 'connectors']) shutdown.add(name, async () => order.push(name));
    await Promise.all([shutdown.run(), shutdown.run()]);
    expect(order).toEqual(['connectors', 'actors', 'log']);
  });

  test('tells of a part that fails and ends the others', async () => {
    const report = reporter();
    const ended = vi.fn(async () => undefined);
    const shutdown = new Shutdown(report);
    shutdown.add('log', ended);
    shutdown.add('actors', () => Promise.reject(new Error('stuck')));
    await shutdown.run();
    expect(ended).toHaveBeenCalledOnce();
    expect(report.error).toHaveBeenCalledWith('ending the actors: stuck');
  });

  test('passes over a part that hangs', async () => {
    vi.useFakeTimers();
    try {
      const report = reporter();
      const ended = vi.fn(async () => undefined);
      const shutdown = new Shutdown(report);
      shutdown.add('log', ended);
      shutdown.add('web server', () => new Promise(() => undefined));
      const done = shutdown.run();
      await vi.advanceTimersByTimeAsync(15_000);
      await done;
      expect(ended).toHaveBeenCalledOnce();
      expect(report.error).toHaveBeenCalledWith(expect.stringContaining('web server'));
    } finally {
      vi.useRealTimers();
    }
  });
});
