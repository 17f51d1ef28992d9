// The process that crash.spec.ts kills: appends of all kinds without pause, and prints a line for each that was acknowledged.
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import process from 'node:process';
import { setRetention } from '@millwright/event-store';
import { openSqliteLog } from '../dist/index.js';

const [path, seed] = process.argv.slice(2);
// The one that was killed before may take a moment to be gone.
const { events: store } = await openSqliteLog({ path, lockWaitMs: 30_000 });
// Standard output is a file: a line is in it before this process can die.
let told = false;
const tell = (line) => {
  writeSync(1, `${line}\n`);
  if (!told) writeSync(3, '.');
  told = true;
};

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
    data: { append, n, of, text: 'x'.repeat(below(600)) },
    metadata: { time: Date.now() },
  }));
};

const write = async (stream, expected, of) => {
  const events = batch(of);
  const { revision, position } = await store.append(stream, expected, events);
  tell(`ACK ${stream} ${revision} ${position} ${events[0].data.append} ${of} .`);
  return revision;
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
const batches = Array.from({ length: 4 }, (_, n) => forEver(() => write(`batch-${n}`, 'any', 2 + below(499))));
/** Each append expects the revision that the one before it was told. */
const exact = Array.from({ length: 3 }, async (_, n) => {
  let revision = await lastRevision(`exact-${n}`);
  await forEver(async () => (revision = await write(`exact-${n}`, revision, 1 + below(4))));
});
/** A stream that keeps its last twenty events only, and scavenges that remove the others. */
const short = forEver(async () => {
  for (let n = 0; n < 20; n++) await write('short', 'any', 1 + below(10));
  await setRetention(store, 'short', { maxCount: 20 });
  await store.scavenge();
});

await Promise.all([...singles, ...batches, ...exact, short]);
