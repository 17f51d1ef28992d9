/** The compiled worker: beside this file in dist, and in dist also when a spec runs from source, since Node 20 runs no TypeScript in a worker. */
export const workerFile = (name: 'writer' | 'reader'): URL =>
  new URL(import.meta.url.endsWith('.ts') ? `../dist/${name}.worker.js` : `./${name}.worker.js`, import.meta.url);
