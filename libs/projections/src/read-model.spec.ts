import { afterAll } from 'vitest';
import { readModelContract } from '@millwright/read-model/testing';
import { openReadModel } from './open-read-model.js';
import { openWithoutThreads, temporaryFolder } from './read-model.fixture.js';

const folder = temporaryFolder();
let files = 0;
const nextFile = (): string => folder.file(`${++files}.db`);
afterAll(folder.remove);

// A small tail moves into the history all the time, an endless one never.
readModelContract('tail of 12', () => openWithoutThreads(nextFile(), 12), { runs: 10, timeoutMs: 120_000 });
readModelContract('endless tail', () => openWithoutThreads(nextFile(), 1e9), { runs: 4, timeoutMs: 120_000 });
readModelContract('worker threads', () => openReadModel({ path: nextFile(), maxTail: 9 }), {
  runs: 1,
  timeoutMs: 120_000,
});
