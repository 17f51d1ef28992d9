import {
  Backoff,
  type BackoffOptions,
  type Connector,
  type ConnectorHealth,
  type ConnectorOptions,
  DeadlineError,
  errorText,
  keepLink,
  LinkHealth,
  type LinkSession,
  type ProbeReport,
  type RawSample,
  type SampleSink,
  whenAborted,
  withDeadline,
} from '@millwright/edge';
import { describeAddress, type ModbusAddress, type ModbusConnection } from './address.js';
import { BlockReader } from './block-reader.js';
import { ModbusLink } from './modbus-link.js';
import { Poller } from './poller.js';
import { planReads } from './read-plan.js';

export interface ModbusTuning {
  /** Delays between tries of an address that the device refused. */
  readonly retryFaults?: BackoffOptions;
}

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

/** One Modbus TCP device: polled, in few requests, one at a time. */
export class ModbusConnector implements Connector {
  private readonly options: ConnectorOptions<ModbusConnection, ModbusAddress>;
  private readonly tuning: ModbusTuning;
  private readonly bookkeeping: LinkHealth;
  private readonly device: string;
  /** The last delivery: a new link's first poll waits for it too. */
  private delivery: Promise<void> = Promise.resolve();

  constructor(options: ConnectorOptions<ModbusConnection, ModbusAddress>, tuning: ModbusTuning = {}) {
    const { host, port, unit } = options.connection;
    this.options = options;
    this.tuning = tuning;
    this.device = `Modbus device at ${host}:${port}, unit ${unit}`;
    this.bookkeeping = new LinkHealth(`not yet connected to the ${this.device}`, options.now);
  }

  health(): ConnectorHealth {
    return this.bookkeeping.snapshot();
  }

  run(sink: SampleSink, signal: AbortSignal): Promise<void> {
    return keepLink({
      sink,
      signal,
      health: this.bookkeeping,
      backoff: new Backoff(this.options.backoff),
      open: (aborted) => this.open(sink, aborted),
      now: this.options.now,
    });
  }

  /** Connects, and waits for the first answer: a frozen device's system still accepts connections. */
  private async open(sink: SampleSink, signal: AbortSignal): Promise<LinkSession> {
    const { connection, points, now } = this.options;
    const link = await ModbusLink.open(connection, signal);
    const closing = new AbortController();
    let onAnswer = (): void => undefined;
    const answered = new Promise<void>((resolve) => (onAnswer = resolve));
    const seen = (): void => {
      this.bookkeeping.seen();
      onAnswer();
    };
    const poller = new Poller({
      source: link,
      points,
      limits: connection,
      report: {
        fault: (id, reason) => this.bookkeeping.fault(id, reason),
        recovered: (id) => this.bookkeeping.recovered(id),
        seen,
      },
      now,
      deliver: (samples) => (this.delivery = sink.offer(samples)),
      ...this.tuning,
    });
    const requests = poller.requests;
    const polling = this.delivery
      .catch(() => undefined)
      .then(() => poller.run(closing.signal))
      .then(() => 'polling has ended');
    const ended = Promise.race([link.lost, polling]).then((reason) => `${this.device}: ${reason}`);
    const close = (): Promise<void> => {
      closing.abort();
      link.close();
      return Promise.resolve();
    };
    const { aborted, stop } = whenAborted(signal);
    const failed = ended.then((reason) => Promise.reject(new Error(reason)));
    try {
      await Promise.race([answered, failed, aborted]);
    } catch (error) {
      await close();
      throw error;
    } finally {
      stop();
      failed.catch(() => undefined);
    }
    return {
      detail: `connected to the ${this.device}: ${plural(points.length, 'signal')} in ${plural(requests, 'request')}`,
      ended,
      close,
    };
  }

  async probe(deadlineMs: number): Promise<ProbeReport> {
    const { connection, points } = this.options;
    const details = new Map<string, { ok: boolean; detail: string }>();
    const abort = new AbortController();
    let detail: string | undefined;
    try {
      await withDeadline(this.readOnce(details, abort.signal), deadlineMs, `probe of the ${this.device}`);
    } catch (error) {
      detail = errorText(error);
      if (error instanceof DeadlineError) detail += '; check that it is on, and that host, port and unit are right';
    } finally {
      abort.abort();
    }
    const signals = points.map(({ signal, address }) => ({
      signal,
      ...(details.get(signal) ?? { ok: false, detail: `${describeAddress(address)} was not read` }),
    }));
    const bad = signals.filter(({ ok }) => !ok).length;
    detail ??=
      bad === 0
        ? `the ${this.device} answers: ${plural(points.length, 'signal')} in ${plural(planReads(points, connection).length, 'request')}`
        : `the ${this.device} answers, but ${bad} of ${plural(points.length, 'signal')} cannot be read`;
    return { ok: bad === 0, detail, signals };
  }

  private async readOnce(details: Map<string, { ok: boolean; detail: string }>, signal: AbortSignal): Promise<void> {
    const { connection, points, now } = this.options;
    const link = await ModbusLink.open(connection, signal);
    signal.addEventListener('abort', () => link.close(), { once: true });
    const report = {
      fault: (id: string, reason: string) => void details.set(id, { ok: false, detail: reason }),
      recovered: () => undefined,
      seen: () => undefined,
    };
    const reader = new BlockReader(link, report, now);
    const addresses = new Map(points.map((point) => [point.signal, describeAddress(point.address)]));
    for (const block of planReads(points, connection)) {
      const samples: RawSample[] = [];
      await reader.read(block, samples).finally(() => {
        for (const { signal: id, value } of samples) {
          details.set(id, { ok: true, detail: `${addresses.get(id)} reads ${String(value)}` });
        }
      });
    }
  }
}
