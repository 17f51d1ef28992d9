import type { ComponentHealth, Reporter } from '@millwright/actor-host';
import type { EventStore } from '@millwright/event-store';
import { openSqliteLog } from '@millwright/event-store-sqlite';
import { openLog, parseLogUrl, serveLog, type NodeSettings } from '@millwright/open-log';
import { SettingsError, type Shutdown } from '@millwright/process';

export interface OpenStore {
  readonly store: EventStore;
  health(): ComponentHealth[];
}

/**
 * Opens the log that the settings name, and serves an embedded one to other processes where they ask for it. What is opened is added to the
 * shutdown.
 */
export const openStore = async (
  log: string,
  node: NodeSettings | undefined,
  shutdown: Shutdown,
  report: Reporter,
): Promise<OpenStore> => {
  const url = parseLogUrl(log);
  if (url.kind === 'esdb') {
    if (node)
      throw new SettingsError('--log-port serves an embedded log; with --log esdb://… the log is served already');
    const store = await openLog(log);
    shutdown.add('log', () => store.close());
    return { store, health: () => [logHealth(store)] };
  }
  const { events, records } = await openSqliteLog({ path: url.path, report: (sentence) => report.info(sentence) });
  shutdown.add('log', () => events.close());
  if (!node) return { store: events, health: () => [logHealth(events)] };
  const served = await serveLog(records, node);
  shutdown.add('log node', () => served.close());
  report.info(`the log is served by the protocol of EventStoreDB: ${served.connectionString}`);
  return { store: events, health: () => [logHealth(events), { name: 'log node', ...served.health() }] };
};

const logHealth = (store: EventStore): ComponentHealth => {
  const { state, detail, appendsInFlight } = store.health();
  return { name: 'log', state, detail: `${detail}, ${appendsInFlight} appends in flight` };
};
