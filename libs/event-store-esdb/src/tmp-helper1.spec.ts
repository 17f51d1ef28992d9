import { mkdtempSync } from 'node:fs';
import { openSqliteLog } from '@millwright/event-store-sqlite';
import { startEventStoreNode } from '@millwright/event-store-node';
import { openEsdbEventStore } from './open.js';
import { collect, Follower, newEvents } from '../../event-store/src/testing/contract-kit.js';
import { expect, test } from 'vitest';
test('dup', async () => {
  for (let k = 0; k < 150; k++) {
    const log = await openSqliteLog({ path: mkdtempSync('/tmp/mw-dup-') + '/log.db' });
    const node = await startEventStoreNode({ log: log.records, port: 0, closeDeadlineMs: 200 });
    const store = await openEsdbEventStore({ connectionString: node.connectionString, tail: { maxEvents: 8 } });
    const follower = new Follower(store, { after: 'start', maxBatch: 5 });
    const trace: string[] = [];
    const pull = follower.pull.bind(follower);
    follower.pull = async () => {
      const n = follower.seen.length;
      const c = follower.caughtUpAt.length;
      const r = await pull();
      trace.push(
        follower.seen.length > n
          ? follower.seen
              .slice(n)
              .map((e) => Number(e.position))
              .join(',')
          : 'caught ' + follower.caughtUpAt.slice(c),
      );
      return r;
    };
    await follower.untilCaughtUp();
    let sent = 0;
    for (let round = 1; round <= 4; round++) {
      for (const e of newEvents(30)) {
        await store.append('s', 'any', [e]);
        sent++;
      }
      await follower.untilSeenAtLeast(sent - 20);
    }
    await follower.untilSeenAtLeast(sent);
    if (follower.seen.length !== sent) {
      const all = await collect(store.readAll());
      console.log(k, 'log', all.length, 'seen', follower.seen.length, trace);
    }
    expect(follower.seen.length).toBe(sent);
    await store.close();
    await node.close();
    await log.close();
  }
}, 300000);
