import {
  Backoff,
  type Connector,
  type ConnectorHealth,
  type ConnectorOptions,
  errorText,
  keepLink,
  LinkHealth,
  type ProbeReport,
  type SampleSink,
} from '@millwright/edge';
import { describeAddress, type OpcuaAddress, type OpcuaConnection } from './address.js';
import type { OpcuaTuning, ProbedSignal } from './monitor.js';

// node-opcua takes most of a second and 70 MB to load: only a plant that has an OPC UA server pays for it.
const load = () => import('./monitor.js');

/** One OPC UA server: one session, one subscription, reconnected by our own supervision. */
export class OpcuaConnector implements Connector {
  private readonly options: ConnectorOptions<OpcuaConnection, OpcuaAddress>;
  private readonly tuning: OpcuaTuning;
  private readonly bookkeeping: LinkHealth;
  private readonly server: string;

  constructor(options: ConnectorOptions<OpcuaConnection, OpcuaAddress>, tuning: OpcuaTuning = {}) {
    this.options = options;
    this.tuning = tuning;
    this.server = `OPC UA server at ${options.connection.endpoint}`;
    this.bookkeeping = new LinkHealth(`not yet connected to the ${this.server}`, options.now);
  }

  health(): ConnectorHealth {
    return this.bookkeeping.snapshot();
  }

  async run(sink: SampleSink, signal: AbortSignal): Promise<void> {
    const { Monitor } = await load();
    await keepLink({
      sink,
      signal,
      health: this.bookkeeping,
      backoff: new Backoff(this.options.backoff),
      open: (aborted) => Monitor.open(this.options, this.tuning, this.bookkeeping, sink, aborted),
      now: this.options.now,
    });
  }

  async probe(deadlineMs: number): Promise<ProbeReport> {
    const { points } = this.options;
    const found = new Map<string, ProbedSignal>();
    const abort = new AbortController();
    let failure: string | undefined;
    try {
      const { readOnce } = await load();
      await readOnce(this.options, deadlineMs, found, abort.signal);
    } catch (error) {
      failure = errorText(error);
    } finally {
      abort.abort();
    }
    const signals = points.map(({ signal, address }) => ({
      signal,
      ...(found.get(signal) ?? { ok: false, detail: `${describeAddress(address)} was not read` }),
    }));
    const bad = signals.filter(({ ok }) => !ok).length;
    const detail =
      bad === 0
        ? `the ${this.server} answers: ${points.length} of ${points.length} signals can be read`
        : `the ${this.server} answers, but ${bad} of ${points.length} signals cannot be read`;
    return { ok: failure === undefined && bad === 0, detail: failure ?? detail, signals };
  }
}
