// The process that kill.spec.ts kills: appends without pause and prints each append that was acknowledged, one line each.
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import process from 'node:process';
import { openSqliteEventStore } from '../dist/index.js';

const [path] = process.argv.slice(2);
const store = await openSqliteEventStore({ path, lockWaitMs: 30_000 });

const appendForEver = async (stream) => {
  for (;;) {
    const events = Array.from({ length: 3 }, () => ({
      id: randomUUID(),
      type: 'Happened',
      data: { text: 'x'.repeat(500) },
      metadata: { time: Date.now() },
    }));
    const { revision } = await store.append(stream, 'any', events);
    // Synchronously, so that what was acknowledged is told before this process can die.
    writeSync(1, `${stream} ${revision} ${events.map(({ id }) => id).join(' ')}\n`);
  }
};

await Promise.all(Array.from({ length: 16 }, (_, n) => appendForEver(`s-${n % 5}`)));
