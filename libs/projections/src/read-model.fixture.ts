import { expect } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { directCalls } from './direct-calls.fixture.js';
import { SqliteReadModel } from './live-read-model.js';
import { openReader } from './reader.js';
import { ReaderClient } from './reader-client.js';
import type { Extent } from './worker-protocol.js';
import { openWriter } from './writer.js';

/** A folder that `remove` takes away again. */
export const temporaryFolder = () => {
  const path = mkdtempSync(join(tmpdir(), 'millwright-read-model-'));
  return { path, file: (name: string): string => join(path, name), remove: () => rmSync(path, { recursive: true }) };
};

/** The whole read model without its threads: the same code, fast to open. */
export const openWithoutThreads = async (path: string, maxTail: number): Promise<SqliteReadModel> => {
  const writer = directCalls(openWriter({ path, maxTail }));
  const reader = new ReaderClient(directCalls(openReader({ path })));
  const extent = await writer.call<Extent | undefined>('extent');
  return new SqliteReadModel(writer, reader, extent, { maxForks: 8, onPassedOver: (reason) => expect.fail(reason) });
};
