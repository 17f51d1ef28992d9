// The process that crash.spec.ts kills: appends of all kinds without pause, and prints a line for each that was acknowledged.
import { randomUUID } from 'node:crypto';
import { rmSync, writeSync } from 'node:fs';
import process from 'node:process';
import { setRetention } from '@millwright/event-store';
import { openSqliteLog } from '../dist/index.js';

const [path, seed, besides] = process.argv.slice(2);
const { events: store, backup } = await openSqliteLog({ path, lockWaitMs: 0 });
// Standard output is a file: a line is in it before this process can die.
const tell = (...words) => void writeSync(1, `${words.join(' ')} .\n`);
let acknowledged = false;

let state = Number(seed);
/** A whole number below the bound, by the seed. */
const below = (bound) => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * bound);
};

const batch = (of) => {
  const append = randomUUID();
  return Array.from({ length: of }, (_, n) => ({
    id: randomUUID(),
    type: 'Happened',
    data: { append, n, of, text: 'x'.repeat(below(400)) },
    metadata: { time: Date.now() },
  }));
};

const write = async (stream, expected, of) => {
  const events = batch(of);
  const { revision, position } = await store.append(stream, expected, events);
  tell('ACK', stream, revision, position, events[0].data.append, of);
  if (!acknowledged) writeSync(3, '.');
  acknowledged = true;
  return revision;
};
/** Tells when it begins and when it is done, so that a kill between them shows. */
const within = async (work, run) => {
  tell('BEGIN', work);
  await run();
  tell('END', work);
};

const forEver = async (work) => {
  for (;;) await work();
};
const lastRevision = async (stream) => {
  for await (const { revision } of store.readStream(stream, { direction: 'backwards', maxCount: 1 })) return revision;
  return 'no-stream';
};

/** Single events, many in flight, over several streams. */
const singles = Array.from({ length: 200 }, (_, n) => forEver(() => write(`single-${n % 7}`, 'any', 1)));
const batches = Array.from({ length: 2 }, (_, n) => forEver(() => write(`batch-${n}`, 'any', 2 + below(499))));
/** Each append expects the revision that the one before it was told. */
const exact = Array.from({ length: 3 }, async (_, n) => {
  let revision = await lastRevision(`exact-${n}`);
  await forEver(async () => (revision = await write(`exact-${n}`, revision, 1 + below(4))));
});
/** A stream that keeps few of its last events, now more and now less of them. */
const short = forEver(async () => {
  await setRetention(store, 'short', { maxCount: 5 + below(20) });
  for (let n = 0; n < 3; n++) await write('short', 'any', 1 + below(10));
});

const BESIDES = {
  nothing: () => [],
  scavenges: () => [forEver(() => within('scavenge', () => store.scavenge()))],
  // What the one before has left of its copy is in nobody's way.
  backups: () => [
    forEver(async () => {
      rmSync(`${path}.copy`, { force: true });
      await within('backup', () => backup(`${path}.copy`));
    }),
  ],
};

await Promise.all([...singles, ...batches, ...exact, short, ...BESIDES[besides]()]);
