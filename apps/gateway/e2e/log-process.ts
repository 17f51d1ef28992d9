import { join } from 'node:path';
import { tempDir, TestProcess } from '@millwright/e2e';
import getPort from 'get-port';

export interface LogProcess {
  readonly process: TestProcess;
  readonly path: string;
  readonly port: number;
  /** As in `--log`. */
  readonly url: string;
}

/** A log in a process of its own; with `before`, that one again, on its file and port. */
export const startLog = async (before?: LogProcess): Promise<LogProcess> => {
  const { path = join(tempDir(), 'log.db'), port = await getPort() } = before ?? {};
  const script = join(import.meta.dirname, 'log-node.fixture.mjs');
  const process = new TestProcess(globalThis.process.execPath, [script, path, String(port)]);
  const [, url] = await process.until(/^READY (esdb:\S+)$/m);
  return { process, path, port, url: url! };
};
