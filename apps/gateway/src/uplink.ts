import { LogFactWriter, StreamAppender, type ComponentHealth, type Reporter } from '@millwright/actor-host';
import { Connections, PROTOCOLS } from '@millwright/connections';
import { Backoff, errorText, Ingest, pause, type BackoffOptions } from '@millwright/edge';
import type { EventStore } from '@millwright/event-store';
import { shownLog } from '@millwright/open-log';
import type { Plant } from '@millwright/plant-model';
import type { Shutdown } from '@millwright/process';

/** Longest that one try to open the log may take. */
const OPEN_DEADLINE_MS = 10_000;

/** Opens the log of a setting; rejects with a sentence when it cannot be had within the deadline. */
export type OpenLog = (log: string, options: { readonly deadlineMs: number }) => Promise<EventStore>;

export interface UplinkOptions {
  /** As in the setting `--log`. */
  readonly log: string;
  readonly gateway: string;
  readonly plant: Plant;
  readonly openLog: OpenLog;
  readonly report: Reporter;
  /** Between tries to open the log; default 500 ms to 10 s. */
  readonly backoff?: BackoffOptions;
}

interface Reading {
  readonly store: EventStore;
  readonly appender: StreamAppender;
  readonly ingest: Ingest;
  readonly connections: Connections;
}

/** The way from the devices to a log elsewhere: devices are read only while there is a log, or a bounded wait, for what they say. */
export class Uplink {
  private readonly options: UplinkOptions;
  private reading: Reading | undefined;
  private trouble = 'being opened';

  constructor(options: UplinkOptions) {
    this.options = options;
  }

  /**
   * Opens the log, for ever if need be, then reads the devices; what has been started is added to the shutdown. Resolves with true when
   * the devices are read, with false when the signal aborts before.
   */
  async open(shutdown: Shutdown, signal: AbortSignal): Promise<boolean> {
    const { log, report, backoff: delays } = this.options;
    const backoff = new Backoff({ minMs: 500, maxMs: 10_000, ...delays });
    while (!signal.aborted) {
      try {
        this.reading = await this.tryOnce(shutdown);
        return true;
      } catch (error) {
        const delay = backoff.next();
        this.trouble = `${shownLog(log)} cannot be used: ${errorText(error)}; trying again in ${(delay / 1_000).toFixed(1)} s, the devices wait`;
        report.warn(`log: ${this.trouble}`);
        await pause(delay, signal);
      }
    }
    return false;
  }

  /** The log is not ours to mend, so that its loss makes the gateway degraded, not down. */
  health(): ComponentHealth[] {
    if (!this.reading) return [{ name: 'log', state: 'down', detail: this.trouble, foreign: true }];
    const { store, appender, ingest, connections } = this.reading;
    const { state, detail } = store.health();
    const waiting = appender.fault;
    const log: ComponentHealth =
      waiting === undefined || state === 'down'
        ? { name: 'log', state, detail, foreign: true }
        : { name: 'log', state: 'degraded', detail: waiting, foreign: true };
    return [log, { name: 'ingest', ...ingest.health(), foreign: waiting !== undefined }, ...connections.health()];
  }

  private async tryOnce(shutdown: Shutdown): Promise<Reading> {
    const { log, gateway, plant, openLog, report } = this.options;
    const now = Date.now;
    const store = await openLog(log, { deadlineMs: OPEN_DEADLINE_MS });
    const appender = new StreamAppender({ store, wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) });
    const writer = new LogFactWriter({ appender, now });
    const ingest = await Ingest.open({ plant, writer, store, gateway, now }).catch(async (error: unknown) => {
      await store.close();
      throw error;
    });
    const connections = new Connections();
    connections.start(plant, PROTOCOLS, ingest, now, report);
    shutdown.add('log', () => store.close());
    shutdown.add('ingest', () => ingest.close());
    shutdown.add('connections', () => connections.stop());
    return { store, appender, ingest, connections };
  }
}
