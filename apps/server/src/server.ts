import { mkdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createApi } from '@millwright/api';
import {
  applyModels,
  Commands,
  Forks,
  lastPlantPosition,
  LogFactWriter,
  ProjectionFeed,
  Snapshots,
  StreamAppender,
  TwinHost,
  type ComponentHealth,
  type Reporter,
} from '@millwright/actor-host';
import { Connections, plantHealth, PROTOCOLS, type LoadedPlant } from '@millwright/connections';
import { Ingest } from '@millwright/edge';
import type { EventStore } from '@millwright/event-store';
import { HealthWatch, Shutdown, type BackgroundFailures } from '@millwright/process';
import { openReadModel } from '@millwright/projections';
import type { LiveReadModel } from '@millwright/read-model';
import { openStore } from './open-store.js';
import type { Settings } from './settings.js';

const CATCH_UP_DEADLINE_MS = 120_000;
const CONNECTORS_OFF: ComponentHealth = {
  name: 'connectors',
  state: 'up',
  detail: 'off in this process (--connectors off): gateways read the devices',
};

export interface ServerOptions {
  readonly settings: Settings;
  readonly loaded: LoadedPlant;
  /** The built playground, served at `/`. */
  readonly playgroundDir: string;
  readonly report: Reporter;
  readonly failures: BackgroundFailures;
}

export interface RunningServer {
  readonly origin: string;
  /** Ends everything in order: what was received is written, what was concluded is in the log. */
  close(): Promise<void>;
}

/** The whole: log (embedded, or elsewhere), actors, read model, connectors and GraphQL. Resolves when all of it serves. */
export const startServer = async (options: ServerOptions): Promise<RunningServer> => {
  const shutdown = new Shutdown(options.report);
  try {
    return await start(options, shutdown);
  } catch (error) {
    await shutdown.run();
    throw error;
  }
};

const start = async (
  { settings, loaded, playgroundDir, report, failures }: ServerOptions,
  shutdown: Shutdown,
): Promise<RunningServer> => {
  const now = Date.now;
  await mkdir(settings.data, { recursive: true });
  const { store, health: storeHealth } = await openStore(settings.log, settings.logNode, shutdown, report);
  const readModel = await openReadModel({
    path: join(settings.data, 'read-model.db'),
    log: store,
    onRebuild: (reason) => report.warn(reason),
    onPassedOver: (reason) => report.warn(reason),
  });
  shutdown.add('read model', () => readModel.close());

  const stopped = new AbortController();
  const appender = new StreamAppender({ store, wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) });
  const writer = new LogFactWriter({ appender, now });
  const onUnusable = (reason: string): void => report.warn(reason);
  const snapshots = new Snapshots({ store, appender, now, onUnusable });
  const host = new TwinHost({ store, appender, factWriter: writer, snapshots, now, report });
  const feed = new ProjectionFeed(store, readModel, report);
  let connectorsHealth = (): ComponentHealth[] => (settings.connectors === 'off' ? [CONNECTORS_OFF] : []);
  const health = (): ComponentHealth[] => [
    ...storeHealth(),
    host.health(),
    feed.health(),
    plantHealth(loaded),
    ...connectorsHealth(),
    ...failures.health(),
  ];

  const forks = new Forks({ store, snapshots, readModel, now });
  shutdown.add('forks', async () => void (await Promise.all(forks.list().map((fork) => forks.close(fork.id)))));
  const commands = new Commands(host, writer);
  const api = await createApi({ readModel, store, host, snapshots, forks, commands, health, playgroundDir, now });
  await api.listen(settings.port, settings.host);
  shutdown.add('web server', () => api.close());

  const recovered = await host.recover();
  report.info(`${recovered.assets} actors rebuilt from the log, ${recovered.missing} conclusions made up for`);
  const following = Promise.all([host.run(stopped.signal), feed.run(stopped.signal)]);
  shutdown.add('actors', async () => {
    try {
      await caughtUp(store, host, readModel);
      await host.settled(CATCH_UP_DEADLINE_MS);
    } finally {
      stopped.abort();
      await following;
      await host.close();
    }
  });
  await caughtUp(store, host, readModel);
  const changes = await applyModels(host, writer, loaded.plant.assets, {
    retire: loaded.problems.length === 0,
    projected: await assetsOf(readModel),
  });
  if (changes.applied.length > 0) report.info(`model applied: ${changes.applied.join(', ')}`);
  if (changes.retired.length > 0) report.info(`no longer in the plant files: ${changes.retired.join(', ')}`);
  await caughtUp(store, host, readModel);

  if (settings.connectors === 'on') {
    const ingest = await Ingest.open({ plant: loaded.plant, writer, store, gateway: settings.gateway, now });
    shutdown.add('ingest', () => ingest.close());
    const connections = new Connections();
    connections.start(loaded.plant, PROTOCOLS, ingest, now, report);
    shutdown.add('connections', () => connections.stop());
    connectorsHealth = () => [{ name: 'ingest', ...ingest.health() }, ...connections.health()];
  }

  const watch = new HealthWatch(health, report);
  watch.start();
  shutdown.add('health watch', async () => watch.stop());

  const { port } = api.getHttpServer().address() as AddressInfo;
  return { origin: `http://${settings.host}:${port}`, close: () => shutdown.run() };
};

const assetsOf = async (readModel: LiveReadModel): Promise<ReadonlySet<string>> => {
  const head = await readModel.head();
  return new Set(head ? (await readModel.assets(head)).map(({ model }) => model.asset) : []);
};

/** Queries answer from the first request on with the plant as it stands in the log. */
const caughtUp = async (store: EventStore, host: TwinHost, readModel: LiveReadModel): Promise<void> => {
  const head = await lastPlantPosition(store);
  if (head === undefined) return;
  await host.folded(head, CATCH_UP_DEADLINE_MS);
  await readModel.reached(head, CATCH_UP_DEADLINE_MS);
};
