import { signalId, type AssetId, type AssetKind, type AssetModel, type SignalModel } from '@millwright/events';
import { leaveOut } from './check.js';
import type { PlantFileContent, SignalContent, StationContent } from './file-schema.js';
import type { Binding, ConnectionModel, Plant, SimulatedLine } from './plant.js';
import { settingsFields, type ProtocolSchema } from './protocol-schema.js';
import { lineSimulation } from './simulation-block.js';

/** A file without problems; settings and addresses are still as written, for the protocols' own schemas. */
export interface CheckedFile {
  readonly content: PlantFileContent;
  readonly protocols: readonly ProtocolSchema[];
}

/** Puts files without problems together: one tree of assets, parents before children, and what feeds them. */
export const assemble = (files: readonly CheckedFile[]): Plant => {
  const lines = files.map((file) => new LineOfFile(file));
  return {
    assets: [...groupsOf(lines), ...lines.flatMap((line) => line.assets())],
    connections: lines.flatMap((line) => line.connections()),
    bindings: lines.flatMap((line) => line.bindings()),
    simulations: lines.flatMap((line) => line.simulation()),
  };
};

/** Enterprises, sites and areas, each once, with the children that all files give them. */
const groupsOf = (lines: readonly LineOfFile[]): AssetModel[] => {
  const groups = new Map<
    AssetId,
    { kind: AssetKind; name: string | undefined; parent: AssetId | undefined; children: Set<AssetId> }
  >();
  for (const line of lines) {
    for (const { asset, kind, name, parent, child } of line.groups()) {
      const group = groups.get(asset) ?? { kind, name: undefined, parent, children: new Set() };
      group.name ??= name;
      groups.set(asset, group);
      group.children.add(child);
    }
  }
  const order: readonly AssetKind[] = ['enterprise', 'site', 'area'];
  const byLevel = [...groups].sort(([, a], [, b]) => order.indexOf(a.kind) - order.indexOf(b.kind));
  return byLevel.map(([asset, { kind, name, parent, children }]) => ({
    asset,
    name: name ?? asset.slice(asset.lastIndexOf('/') + 1),
    kind,
    type: 'group',
    ...(parent !== undefined && { parent }),
    children: [...children],
    signals: [],
  }));
};

class LineOfFile {
  private readonly content: PlantFileContent;
  private readonly protocols: readonly ProtocolSchema[];
  private readonly line: AssetId;

  constructor({ content, protocols }: CheckedFile) {
    this.content = content;
    this.protocols = protocols;
    this.line = [content.enterprise.id, content.site.id, content.area.id, content.line.id].join('/');
  }

  groups(): {
    asset: AssetId;
    kind: AssetKind;
    name: string | undefined;
    parent: AssetId | undefined;
    child: AssetId;
  }[] {
    const steps = this.line.split('/');
    const upTo = (n: number): AssetId => steps.slice(0, n).join('/');
    return (['enterprise', 'site', 'area'] as const).map((kind, i) => ({
      asset: upTo(i + 1),
      kind,
      name: this.content[kind].name,
      parent: i === 0 ? undefined : upTo(i),
      child: upTo(i + 2),
    }));
  }

  assets(): AssetModel[] {
    const { line, stations } = this.content;
    return [
      {
        asset: this.line,
        name: line.name ?? line.id,
        kind: 'line',
        type: 'line',
        parent: this.line.slice(0, this.line.lastIndexOf('/')),
        children: stations.map((s) => this.assetOf(s)),
        signals: [],
      },
      ...stations.map((station) => this.stationAsset(station)),
    ];
  }

  connections(): ConnectionModel[] {
    return Object.entries(this.content.connections).map(([name, written]) => {
      const protocol = this.protocolOf(name);
      const settings = protocol.connection.parse(leaveOut(written, settingsFields(protocol).notTheirs));
      return { name: this.fullName(name), protocol: protocol.name, settings };
    });
  }

  bindings(): Binding[] {
    return this.signals().map(({ station, name, signal }) => {
      const connection = connectionOf(signal, station);
      return {
        signal: signalId(this.assetOf(station), name),
        asset: this.assetOf(station),
        connection: this.fullName(connection),
        address: this.protocolOf(connection).address.parse(signal.address),
        intervalMs: signal.interval,
        edge: edgeRule(signal),
      };
    });
  }

  simulation(): SimulatedLine[] {
    const stations = this.content.stations.flatMap((station) => {
      if (station.simulation === undefined) return [];
      const signals = Object.entries(station.signals).flatMap(([name, { simulation }]) =>
        simulation ? [[name, simulation] as const] : [],
      );
      return [{ ...station.simulation, asset: this.assetOf(station), signals: Object.fromEntries(signals) }];
    });
    if (stations.length === 0) return [];
    return [{ ...(this.content.line.simulation ?? lineSimulation.parse({})), line: this.line, stations }];
  }

  private stationAsset(station: StationContent): AssetModel {
    return {
      asset: this.assetOf(station),
      name: station.name ?? station.id,
      kind: 'station',
      type: station.type,
      parent: this.line,
      children: [],
      signals: Object.entries(station.signals).map(([name, signal]) => this.signalModel(name, signal, station)),
      ...(station.idealCycleTime !== undefined && { idealCycleTimeMs: station.idealCycleTime }),
      ...(station.staleAfter !== undefined && { staleAfterMs: station.staleAfter }),
    };
  }

  private signalModel(name: string, signal: SignalContent, station: StationContent): SignalModel {
    const connection = connectionOf(signal, station);
    const protocol = this.protocolOf(connection);
    const { label, dataType, unit, role, states, normalRange, alarms, spec } = signal;
    return defined({
      name,
      label,
      dataType,
      unit,
      role,
      states,
      normalRange: normalRange && defined(normalRange),
      alarms: alarms && defined(alarms),
      spec: spec && defined(spec),
      // Only the address goes to readers: a connection's settings hold its credentials.
      source: {
        connection: this.fullName(connection),
        protocol: protocol.name,
        address: protocol.describe(protocol.address.parse(signal.address)),
      },
    });
  }

  private signals(): { station: StationContent; name: string; signal: SignalContent }[] {
    return this.content.stations.flatMap((station) =>
      Object.entries(station.signals).map(([name, signal]) => ({ station, name, signal })),
    );
  }

  private assetOf(station: StationContent): AssetId {
    return `${this.line}/${station.id}`;
  }

  private fullName(connection: string): string {
    return `${this.line}/${connection}`;
  }

  private protocolOf(connection: string): ProtocolSchema {
    const { protocol } = this.content.connections[connection]!;
    return this.protocols.find((p) => p.name === protocol)!;
  }
}

/** The rules have seen that there is one. */
const connectionOf = (signal: SignalContent, station: StationContent): string =>
  (signal.connection ?? station.connection)!;

const edgeRule = ({ edge }: SignalContent): Binding['edge'] =>
  defined({
    scale: edge?.scale,
    offset: edge?.offset,
    deadband: edge?.deadband,
    minIntervalMs: edge?.minInterval,
    heartbeatMs: edge?.heartbeat,
  });

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Without the fields that are undefined: absent is the one way to say nothing in the log. */
const defined = <T extends object>(fields: T): Defined<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
