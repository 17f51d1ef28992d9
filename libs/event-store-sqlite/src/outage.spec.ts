import { EventStoreError, type EventStoreErrorCode } from '@millwright/event-store';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Outage } from './outage.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const errorOf = (code: EventStoreErrorCode): EventStoreError => new EventStoreError(code, `it is ${code}`);

/** An outage whose disk answers probes as the test says. */
const makeOutage = () => {
  const disk = { error: errorOf('disk-full') as EventStoreError | undefined, probes: 0 };
  const outage = new Outage(
    async () => {
      disk.probes++;
      if (disk.error) throw disk.error;
    },
    (error) => error as EventStoreError,
  );
  return { disk, outage };
};

test.each<EventStoreErrorCode>(['disk-full', 'read-only'])('%s begins one', async (code) => {
  const { outage } = makeOutage();
  expect(outage.error).toBeUndefined();
  outage.report(errorOf(code));
  expect(outage.error?.code).toBe(code);
  outage.stop();
});

test.each<EventStoreErrorCode>(['unavailable', 'locked', 'corrupt', 'deadline-exceeded'])(
  '%s begins none',
  async (code) => {
    const { outage, disk } = makeOutage();
    outage.report(errorOf(code));
    expect(outage.error).toBeUndefined();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(disk.probes).toBe(0);
  },
);

test('the disk is tried at once, then more and more rarely, until it takes writes', async () => {
  const { outage, disk } = makeOutage();
  outage.report(errorOf('disk-full'));
  await vi.advanceTimersByTimeAsync(0);
  expect(disk.probes).toBe(1);
  await vi.advanceTimersByTimeAsync(60_000);
  // 100 ms doubled up to 5 s.
  expect(disk.probes).toBe(17);
  expect(outage.error?.code).toBe('disk-full');
  disk.error = undefined;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(outage.error).toBeUndefined();
  const { probes } = disk;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(disk.probes).toBe(probes);
  outage.report(errorOf('disk-full'));
  expect(outage.error?.code).toBe('disk-full');
});

test('over at the first probe when only the append was too large', async () => {
  const { outage, disk } = makeOutage();
  disk.error = undefined;
  outage.report(errorOf('disk-full'));
  await vi.advanceTimersByTimeAsync(0);
  expect(outage.error).toBeUndefined();
});

test('what the probe says is what it tells: a full disk may become a read-only one, or be lost', async () => {
  const { outage, disk } = makeOutage();
  outage.report(errorOf('disk-full'));
  disk.error = errorOf('read-only');
  await vi.advanceTimersByTimeAsync(200);
  expect(outage.error?.code).toBe('read-only');
  disk.error = errorOf('unavailable');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(outage.error).toBeUndefined();
});

test('stopped, it tries no more', async () => {
  const { outage, disk } = makeOutage();
  outage.report(errorOf('disk-full'));
  await vi.advanceTimersByTimeAsync(0);
  outage.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(disk.probes).toBe(1);
});
