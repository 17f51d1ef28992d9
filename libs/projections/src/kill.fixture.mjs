// The process that kill.spec.ts kills: projects a story from its checkpoint on, a few events a transaction, then ends by itself.
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { openReadModel } from '../dist/index.js';

const [story, path] = process.argv.slice(2);
const events = JSON.parse(readFileSync(story, 'utf8')).map((event) => ({
  ...event,
  revision: BigInt(event.revision),
  position: BigInt(event.position),
}));
const model = await openReadModel({ path, maxTail: 16 });
console.log('OPEN');
const checkpoint = await model.checkpoint();
const rest = events.filter(({ position }) => checkpoint === undefined || position > checkpoint);
for (let at = 0, size = 1; at < rest.length; at += size, size = 1 + (size % 5)) {
  await model.project(rest.slice(at, at + size));
}
await model.close();
console.log('DONE');
