import { join } from 'node:path';
import { tempDir, TestProcess } from '@millwright/e2e';
import { openSqliteLog } from '@millwright/event-store-sqlite';
import { expect, test } from 'vitest';
import { startEventStoreNode } from './start.js';

test('the client of another house does everything it can, with what EventStoreDB would give it', async () => {
  const log = await openSqliteLog({ path: join(tempDir(), 'log.db') });
  const node = await startEventStoreNode({ log: log.records, port: 0, closeDeadlineMs: 500 });
  const program = new TestProcess(process.execPath, [
    join(import.meta.dirname, 'foreign-client.fixture.mjs'),
    node.connectionString,
  ]);
  try {
    expect(await program.exit(), program.output).toBe(0);
    const line = program.output.split('\n').find((each) => each.startsWith('{'));
    expect(JSON.parse(line!)).toEqual({
      append: { success: true, next: 1, hasPosition: true },
      readBack: [
        {
          streamId: 'orders-Ä',
          revision: 0,
          type: 'Placed',
          isJson: true,
          data: { text: 'Grüße 🏭', list: [1, null] },
          metadata: { by: 'me' },
        },
        { streamId: 'orders-Ä', revision: 1, type: 'Scanned', isJson: false, data: [0, 255, 10], metadata: [1, 0] },
      ],
      wrongRevision: { type: 'wrong-expected-version', streamName: 'orders-Ä', expected: '7', actual: '1' },
      noStream: { type: 'wrong-expected-version', streamName: 'orders-Ä', expected: 'no_stream', actual: '1' },
      backwards: [9, 8, 7],
      fromRevision: [8, 9],
      absent: { type: 'stream-not-found', streamName: 'absent' },
      filteredAll: ['Placed', 'Scanned'],
      metadata: { maxCount: 4, owner: 'us' },
      noMetadata: null,
      retained: [6, 7, 8, 9],
      filtered: [0, 1, 2],
      checkpoints: { enough: true, inOrder: true },
      followed: [8, 9, 10, 11],
      deleted: { type: 'stream-not-found', streamName: 'counted' },
      again: 12,
      deleteWrong: { type: 'wrong-expected-version', streamName: 'counted', expected: '3', actual: '12' },
      tombstoned: { type: 'stream-deleted', streamName: 'counted' },
      appendTombstoned: { type: 'stream-deleted', streamName: 'counted' },
      tooLarge: { type: 'maximum-append-size-exceeded' },
      many: 200,
      persistent: expect.stringContaining('is not served by the embedded log'),
    });
  } finally {
    await program.stop();
    await node.close();
    await log.close();
  }
});
