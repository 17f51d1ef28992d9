// The worker of worker-client.spec.ts. It runs as it is: Node 20 runs no TypeScript in a worker.
import process from 'node:process';
import { setImmediate, setInterval } from 'node:timers';
import { openDatabase, serveWorker } from '../dist/index.js';

await serveWorker((data, emit) => {
  if (data.refuse !== undefined) throw new Error(data.refuse);
  if (data.open !== undefined) openDatabase(data.open, { synchronous: 'FULL', readonly: true });
  if (data.tell !== undefined) emit('told', data.tell);
  if (data.neverOpen) return new Promise(() => setInterval(() => undefined, 1_000));
  const log = [];
  let release;
  const released = new Promise((resolve) => (release = resolve));
  return {
    add: ({ a, b }) => a + b,
    note: (text) => log.push(text),
    log: () => log,
    released: () => released,
    release: () => release('released'),
    never: () => new Promise(() => undefined),
    announce: (text) => emit('announced', text),
    fail: () => {
      throw Object.assign(new Error('disk is full'), { code: 'SQLITE_FULL' });
    },
    failLater: () => Promise.reject(new Error('later')),
    unclonable: () => () => undefined,
    crash: () =>
      void setImmediate(() => {
        throw new Error('boom');
      }),
    exit: () => process.exit(3),
    block: (shared) => Atomics.wait(new Int32Array(shared), 0, 0),
    close: () => emit('closing', log.length),
  };
});
