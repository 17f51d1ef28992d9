import type { ComponentHealth, Reporter } from '@millwright/actor-host';
import { plantHealth, type LoadedPlant } from '@millwright/connections';
import type { BackoffOptions } from '@millwright/edge';
import { HealthWatch, Shutdown, type BackgroundFailures } from '@millwright/process';
import { startHealthServer } from './health-server.js';
import type { Settings } from './settings.js';
import { Uplink, type OpenLog } from './uplink.js';

export interface GatewayOptions {
  readonly settings: Pick<Settings, 'log' | 'gateway' | 'host' | 'healthPort'>;
  readonly loaded: LoadedPlant;
  readonly openLog: OpenLog;
  readonly report: Reporter;
  readonly failures: Pick<BackgroundFailures, 'health'>;
  readonly backoff?: BackoffOptions;
}

export interface RunningGateway {
  readonly origin: string;
  /** Resolves with true when the log is open and the devices are read; with false when the gateway was closed before. */
  readonly reading: Promise<boolean>;
  /** Ends everything in order: what was received is written. */
  close(): Promise<void>;
}

/** The connectors as a process of their own. Resolves when health is served, whether or not the log is there. */
export const startGateway = async (options: GatewayOptions): Promise<RunningGateway> => {
  const { settings, loaded, report, failures } = options;
  const { log, gateway, host, healthPort: port } = settings;
  const shutdown = new Shutdown(report);
  const uplink = new Uplink({ ...options, log, gateway, plant: loaded.plant });
  const health = (): ComponentHealth[] => [...uplink.health(), plantHealth(loaded), ...failures.health()];
  const server = await startHealthServer({ host, port, health });
  shutdown.add('health server', () => server.close());
  const watch = new HealthWatch(health, report);
  watch.start();
  shutdown.add('health watch', async () => watch.stop());

  const stopped = new AbortController();
  const reading = uplink.open(shutdown, stopped.signal);
  // Whatever opens until then adds its own ends, which come next.
  shutdown.add('opening of the log', async () => {
    stopped.abort();
    await reading;
  });
  return { origin: server.origin, reading, close: () => shutdown.run() };
};
