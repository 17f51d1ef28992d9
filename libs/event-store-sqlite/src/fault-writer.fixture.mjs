// A process that appends to a log whatever happens, and prints the ids of what was acknowledged, and the code of each refusal.
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import process from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { openSqliteEventStore } from '../dist/index.js';

const store = await openSqliteEventStore({ path: process.argv[2] });

const write = async (stream) => {
  for (;;) {
    const events = Array.from({ length: 20 }, () => ({
      id: randomUUID(),
      type: 'Happened',
      data: { text: 'x'.repeat(500) },
      metadata: { time: 1 },
    }));
    try {
      await store.append(stream, 'any', events);
      writeSync(1, events.map(({ id }) => `ACK ${id} .\n`).join(''));
    } catch ({ code }) {
      writeSync(1, `REFUSED ${code} .\n`);
      await setImmediate();
    }
  }
};
await Promise.all(Array.from({ length: 8 }, (_, n) => write(`s-${n}`)));
