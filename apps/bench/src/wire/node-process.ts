import { join } from 'node:path';
import { inspectSqlite } from '../common/inspect-sqlite.js';
import type { Contents } from '../common/counted.js';
import { cpuSeconds, lineOf, startChild, stopChild } from '../processes.js';

export interface ServerProcess {
  /** What its READY line ends with. */
  readonly address: string;
  cpuSeconds(): number;
  stop(): Promise<void>;
}

export const startServer = async (script: string, args: readonly string[]): Promise<ServerProcess> => {
  const child = startChild(process.execPath, [script, ...args]);
  const [, address] = await lineOf(child, /^READY .*?(\S+)$/, 30_000);
  return {
    address: address!,
    cpuSeconds: () => cpuSeconds(child.pid!),
    stop: () => stopChild(child),
  };
};

const CLI = join(import.meta.dirname, '../../../cli/dist/main.js');
const pathIn = (folder: string): string => join(folder, 'log.db');

/** `millwright log`: the embedded log behind EventStoreDB's protocol, as a user starts it. Its address is a connection string. */
export const startNode = (folder: string): Promise<ServerProcess> =>
  startServer(CLI, ['log', '--log', `sqlite:${pathIn(folder)}`, '--log-port', '0']);

export const inspectNode = (folder: string): Contents =>
  inspectSqlite(pathIn(folder), "log WHERE stream LIKE 'bench-%'");
