import { join } from 'node:path';
import { TestProcess } from '@millwright/e2e';

const BIN = join(import.meta.dirname, '../bin/millwright.js');

export const millwright = (...args: string[]): TestProcess => new TestProcess(process.execPath, [BIN, ...args]);

export interface Ran {
  readonly code: number | null;
  readonly output: string;
}

/** Exit code and output of a command that ends by itself. */
export const run = async (...args: string[]): Promise<Ran> => {
  const command = millwright(...args);
  const code = await command.exit();
  return { code, output: command.output };
};

/** The JSON lines of an output. */
export const lines = (output: string): Record<string, unknown>[] =>
  output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** `millwright log` on a file, at a free port; `url` as for `--log`. */
export const startLog = async (log: string, ...args: string[]): Promise<{ process: TestProcess; url: string }> => {
  const process = millwright('log', '--log', log, '--log-port', '0', ...args);
  const [, url] = await process.until(/^READY log .* at (esdb:\S+)$/m);
  return { process, url: url! };
};
