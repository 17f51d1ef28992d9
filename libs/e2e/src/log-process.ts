import { join } from 'node:path';
import getPort from 'get-port';
import { tempDir, TestProcess } from './processes.js';

export interface LogProcess {
  readonly process: TestProcess;
  readonly path: string;
  readonly port: number;
  /** As in `--log`. */
  readonly url: string;
}

/** A log in a process of its own (`millwright log`); with `before`, that one again, on its file and port. */
export const startLog = async (before?: LogProcess): Promise<LogProcess> => {
  const { path = join(tempDir(), 'log.db'), port = await getPort() } = before ?? {};
  const args = ['apps/cli/bin/millwright.js', 'log', '--log', `sqlite:${path}`, '--log-port', String(port)];
  const log = new TestProcess(process.execPath, args);
  const [, url] = await log.until(/^READY log .* at (esdb:\S+)$/m);
  return { process: log, path, port, url: url! };
};
