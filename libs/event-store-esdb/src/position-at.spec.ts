import { MemoryRecordLog } from '@millwright/event-store/testing';
import type { LogRecord, NewRecord, ReadStreamOptions } from '@millwright/event-store';
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { positionAt } from './position-at.js';

/** Reads as the server answers them, counted. */
class CountingReader {
  calls = 0;
  private readonly log: MemoryRecordLog;

  constructor(log: MemoryRecordLog) {
    this.log = log;
  }

  readStream(stream: string, options?: ReadStreamOptions): AsyncGenerator<LogRecord> {
    this.calls++;
    return this.log.readStream(stream, options);
  }

  readBefore(position: bigint | undefined, maxCount: number): AsyncGenerator<LogRecord> {
    this.calls++;
    const from = position === undefined ? {} : { from: position - 1n };
    return this.log.readAll({ direction: 'backwards', ...from, maxCount });
  }
}

const record = (): NewRecord => ({ id: randomUUID(), type: 'T', data: '{}', metadata: '{}' });

test('is what the log itself says, for any streams, times, deletions and scavenges', async () => {
  const steps = fc.array(
    fc.oneof(
      { weight: 9, arbitrary: fc.record({ stream: fc.nat({ max: 5 }), count: fc.integer({ min: 1, max: 40 }) }) },
      { weight: 1, arbitrary: fc.constantFrom('delete 0', 'delete 1', 'scavenge') },
    ),
    { maxLength: 25 },
  );
  await fc.assert(
    fc.asyncProperty(steps, fc.array(fc.nat({ max: 60 })), async (list, pauses) => {
      let time = 1_000;
      const log = new MemoryRecordLog({ now: () => time });
      for (const [index, step] of list.entries()) {
        time += pauses[index] ?? 3;
        if (step === 'scavenge') await log.scavenge();
        else if (typeof step === 'string') await log.deleteStream(`s-${step.at(-1)}`);
        else await log.append(`s-${step.stream}`, 'any', Array.from({ length: step.count }, record));
      }
      const moments = [999, 1_000, time, time + 1];
      for await (const { recordedAt } of log.readAll()) moments.push(recordedAt - 1, recordedAt);
      for (const moment of new Set(moments)) {
        expect(await positionAt(new CountingReader(log), moment)).toBe(await log.positionAt(moment));
      }
    }),
    { numRuns: 60 },
  );
});

test('of a log of many events takes few reads', async () => {
  let time = 0;
  const log = new MemoryRecordLog({ now: () => time });
  // 20 assets that say much, 300 orders that come and go, and a stream that says something now and then.
  for (let round = 0; round < 300; round++) {
    time += 1_000;
    for (let asset = 0; asset < 20; asset++) await log.append(`asset-${asset}`, 'any', [record(), record()]);
    await log.append(`order-${round}`, 'any', [record(), record(), record()]);
    if (round % 50 === 0) await log.append('shifts', 'any', [record()]);
  }
  for (const moment of [0, 1_000, 1_500, 77_000, 150_500, 299_000, 300_000, 400_000]) {
    const reader = new CountingReader(log);
    expect(await positionAt(reader, moment)).toBe(await log.positionAt(moment));
    expect(reader.calls, `at ${moment}`).toBeLessThan(30);
  }
});
