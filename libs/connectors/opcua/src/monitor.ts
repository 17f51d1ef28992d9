import {
  Backoff,
  type BackoffOptions,
  type ConnectorOptions,
  type LinkHealth,
  type LinkSession,
  pause,
  type Point,
  type RawSample,
  type SampleSink,
  withDeadline,
} from '@millwright/edge';
import { qualityKind } from '@millwright/events';
import type { MonitoredItemNotification, StatusCode } from 'node-opcua-client';
import { describeAddress, isByUri, nodeIdOf, type OpcuaAddress, type OpcuaConnection } from './address.js';
import { OpcuaLink } from './opcua-link.js';
import { Subscription } from './subscription.js';
import { sampleOf } from './value.js';

/** How often an item that the server refused is tried again. */
const RETRY_FAULTS: BackoffOptions = { minMs: 2_000, maxMs: 60_000 };
/** The server's silence after which the link counts as lost, milliseconds. */
const SILENT_AFTER_MS = 10_000;
/** Publishing faster loads server and network for nothing; slower makes values late. Milliseconds. */
const PUBLISHING_MS = { min: 50, max: 1_000 };
/** Info bits of a status: the server's queue of the item overflowed before this value (OPC UA part 4, 7.39). */
const OVERFLOW = 0x0480;

export interface OpcuaTuning {
  readonly retryFaults?: BackoffOptions;
  readonly silentAfterMs?: number;
}

export interface ProbedSignal {
  readonly ok: boolean;
  readonly detail: string;
}

type Options = ConnectorOptions<OpcuaConnection, OpcuaAddress>;
type OpcuaPoint = Point<OpcuaAddress>;

const publishingInterval = (points: readonly OpcuaPoint[]): number =>
  Math.max(
    PUBLISHING_MS.min,
    points.reduce((least, p) => Math.min(least, p.intervalMs), PUBLISHING_MS.max),
  );

const faultText = (address: OpcuaAddress, status: StatusCode): string =>
  `${describeAddress(address)}: the server says ${status.name}: ${status.description}`;

const noNamespace = (address: OpcuaAddress): string => `${describeAddress(address)}: the server has no such namespace`;

/** The node ids of the points in this server; asks it only when one is named by its namespace's URI. */
const resolveNodes = async (link: OpcuaLink, points: readonly OpcuaPoint[]): Promise<(string | undefined)[]> => {
  const namespaces = points.some((p) => isByUri(p.address)) ? await link.readNamespaces() : [];
  return points.map((p) => nodeIdOf(p.address, namespaces));
};

/** A session that watches all points of a connection. Items that the server refuses are tried again, the others go on. */
export class Monitor implements LinkSession {
  readonly detail: string;
  readonly ended: Promise<string>;
  private readonly link: OpcuaLink;
  private readonly subscription: Subscription;
  private readonly points: readonly OpcuaPoint[];
  private readonly health: LinkHealth;
  private readonly closing = new AbortController();

  private constructor(options: Options, health: LinkHealth, link: OpcuaLink, subscription: Subscription) {
    const { connection, points } = options;
    this.link = link;
    this.subscription = subscription;
    this.points = points;
    this.health = health;
    this.detail = `connected to the OPC UA server at ${connection.endpoint}: ${points.length} signals, published every ${subscription.publishingIntervalMs} ms`;
    this.ended = Promise.race([link.lost, subscription.ended]).then(
      (reason) => `OPC UA server at ${connection.endpoint}: ${reason}`,
    );
  }

  /** Connects, subscribes, creates the items; rejects with a sentence. */
  static async open(
    options: Options,
    tuning: OpcuaTuning,
    health: LinkHealth,
    sink: SampleSink,
    signal: AbortSignal,
  ): Promise<Monitor> {
    const { connection, points, name } = options;
    const link = await OpcuaLink.open(connection, `Millwright ${name}`, signal);
    try {
      const nodeIds = await resolveNodes(link, points);
      const subscription = await Subscription.create({
        session: link.session,
        publishingIntervalMs: publishingInterval(points),
        timeoutMs: connection.timeout,
        silentAfterMs: tuning.silentAfterMs ?? SILENT_AFTER_MS,
        onSeen: () => health.seen(),
        onValues: (values) => monitor.onValues(values, sink),
      });
      const monitor = new Monitor(options, health, link, subscription);
      const refused = await monitor.create(nodeIds, [...points.keys()]);
      void monitor.retry(nodeIds, refused, new Backoff(tuning.retryFaults ?? RETRY_FAULTS));
      subscription.start();
      return monitor;
    } catch (error) {
      await link.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.subscription.close();
    await this.link.close();
  }

  /** Creates the items of these points; resolves with those that the server refused, which are in the faults now. */
  private async create(nodeIds: readonly (string | undefined)[], wanted: readonly number[]): Promise<number[]> {
    const known = wanted.filter((at) => nodeIds[at] !== undefined);
    const statuses = await this.subscription.add(
      known.map((at) => ({ handle: at + 1, nodeId: nodeIds[at]!, intervalMs: this.points[at]!.intervalMs })),
    );
    const statusOf = new Map(known.map((at, n) => [at, statuses[n]!]));
    return wanted.filter((at) => {
      const { signal, address } = this.points[at]!;
      const status = statusOf.get(at);
      if (status?.isGood()) {
        this.health.recovered(signal);
        return false;
      }
      this.health.fault(signal, status ? faultText(address, status) : noNamespace(address));
      return true;
    });
  }

  private async retry(nodeIds: readonly (string | undefined)[], refused: number[], backoff: Backoff): Promise<void> {
    let left = refused;
    while (left.length > 0) {
      await pause(backoff.next(), this.closing.signal);
      if (this.closing.signal.aborted) return;
      // A call that fails as a whole says something of the link, which has its own watch.
      left = await this.create(nodeIds, left).catch(() => left);
    }
  }

  private onValues(values: readonly MonitoredItemNotification[], sink: SampleSink): void {
    const samples: RawSample[] = [];
    let overflowed: string | undefined;
    for (const { clientHandle, value } of values) {
      const point = this.points[clientHandle - 1];
      if (!point) continue;
      const { signal, address } = point;
      const sample = sampleOf(signal, value, address.index);
      samples.push(sample);
      if (qualityKind(sample.status) === 'bad') this.health.fault(signal, faultText(address, value.statusCode));
      else this.health.recovered(signal);
      if ((sample.status & OVERFLOW) === OVERFLOW) overflowed = signal;
    }
    if (overflowed !== undefined) {
      this.health.up(`${this.detail}; the server's queue for ${overflowed} overflowed, some of its values are lost`);
    }
    sink.push(samples);
  }
}

/** Reads each point once; `found` has what is known when the deadline passes. Rejects with a sentence when there is no link. */
export const readOnce = async (
  { connection, points, name }: Options,
  deadlineMs: number,
  found: Map<string, ProbedSignal>,
  signal: AbortSignal,
): Promise<void> => {
  const read = async (): Promise<void> => {
    const link = await OpcuaLink.open(connection, `Millwright probe of ${name}`, signal);
    try {
      const nodeIds = await resolveNodes(link, points);
      const known = points.filter((_, n) => nodeIds[n] !== undefined);
      for (const { signal: id, address } of points) found.set(id, { ok: false, detail: noNamespace(address) });
      const values = await link.readValues(nodeIds.filter((nodeId) => nodeId !== undefined));
      known.forEach(({ signal: id, address }, n) => {
        const { value, status } = sampleOf(id, values[n]!, address.index);
        const ok = qualityKind(status) !== 'bad';
        const detail = ok
          ? `${describeAddress(address)} reads ${String(value)} (${values[n]!.statusCode.name})`
          : faultText(address, values[n]!.statusCode);
        found.set(id, { ok, detail });
      });
    } finally {
      await link.close();
    }
  };
  await withDeadline(read(), deadlineMs, `probe of the OPC UA server at ${connection.endpoint}`);
};
