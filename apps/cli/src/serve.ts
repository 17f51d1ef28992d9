import { openSqliteLog } from '@millwright/event-store-sqlite';
import { NODE_SETTINGS, nodeSettings, serveLog, shownLog } from '@millwright/open-log';
import { consoleReporter, HealthWatch, runProcess } from '@millwright/process';
import { LOG, type Command } from './command.js';
import { embeddedPath } from './embedded.js';
import { explain } from './explain.js';

/** `millwright log`: the embedded log as a process of its own, for servers, gateways and any client of EventStoreDB. */
export const serve: Command = {
  name: 'log serve',
  summary: 'serves the embedded log by the protocol of EventStoreDB (also: millwright log)',
  settings: [
    LOG,
    {
      flag: 'log-port',
      env: 'MILLWRIGHT_LOG_PORT',
      value: '2113',
      help: 'port that the log is served on, 0 for any free one',
    },
    ...NODE_SETTINGS,
  ],
  run: async (the) => {
    const log = the('log').text();
    const path = embeddedPath(log, 'serving a log');
    const settings = nodeSettings(the('log-port').port(), (flag) => the(flag).text());
    const { node } = await runProcess({
      name: 'log',
      report: consoleReporter,
      start: async () => {
        const { records } = await openSqliteLog({ path, report: (sentence) => consoleReporter.info(sentence) });
        try {
          const node = await serveLog(records, settings);
          const watch = new HealthWatch(
            () => [
              { name: 'log', ...records.health() },
              { name: 'log node', ...node.health() },
            ],
            consoleReporter,
          );
          watch.start();
          const close = async (): Promise<void> => {
            watch.stop();
            await node.close();
            await records.close();
          };
          return { node, close };
        } catch (error) {
          await records.close();
          throw error;
        }
      },
      explain,
    });
    console.log(`READY log ${shownLog(log)} at ${node.connectionString}`);
    return undefined;
  },
};
