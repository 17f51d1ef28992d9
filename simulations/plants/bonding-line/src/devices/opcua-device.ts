import './quiet.js';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpcuaAddress } from '@millwright/connector-opcua';
import {
  type AddressSpace,
  DataType,
  MessageSecurityMode,
  nodesets,
  OPCUACertificateManager,
  OPCUAServer,
  RegisterServerMethod,
  SecurityPolicy,
  StatusCodes,
  type UAVariable,
} from 'node-opcua';
import { type Device, DeviceError, type DevicePoint, listenError, type Write } from './device.js';

/** `ns=2;s=S3.State` or `nsu=http://example.org/cell;s=S3.State`. */
const NODE_ID = /^(?:ns=(?<index>\d+);|nsu=(?<uri>[^;]+);)?(?<identifier>.+)$/;

/** An OPC UA server: anonymous, security None, unknown to discovery. Its certificate lives in a temporary folder. */
export class OpcuaDevice implements Device {
  private readonly endpoint: URL;
  private readonly points: readonly DevicePoint[];
  private readonly variables = new Map<DevicePoint, UAVariable>();
  private server: OPCUAServer | undefined;
  private folder: string | undefined;

  constructor(endpoint: string, points: readonly DevicePoint[]) {
    this.endpoint = new URL(endpoint);
    this.points = points;
  }

  get label(): string {
    return `opcua ${this.endpoint.host}`;
  }

  async start(): Promise<void> {
    const { hostname, port, pathname } = this.endpoint;
    this.folder = await mkdtemp(join(tmpdir(), 'millwright-devices-'));
    const certificates = new OPCUACertificateManager({ rootFolder: join(this.folder, 'pki') });
    const server = new OPCUAServer({
      host: hostname,
      hostname,
      port: Number(port || 4840),
      resourcePath: pathname === '/' ? '' : pathname,
      allowAnonymous: true,
      securityModes: [MessageSecurityMode.None],
      securityPolicies: [SecurityPolicy.None],
      serverCertificateManager: certificates,
      userCertificateManager: certificates,
      registerServerMethod: RegisterServerMethod.HIDDEN,
      nodeset_filename: [nodesets.standard],
      buildInfo: { productName: 'Millwright virtual devices' },
      // A plant file may name a user; these devices let everybody in.
      userManager: { isValidUser: () => true },
    });
    this.server = server;
    await server.initialize();
    this.addVariables(server.engine.addressSpace!);
    await server.start().catch((error: unknown) => {
      throw listenError('opcua', hostname, Number(port || 4840), error);
    });
  }

  publish(writes: readonly Write[], time: number): void {
    const sourceTime = new Date(time);
    for (const { point, value } of writes) {
      this.variables
        .get(point)!
        .setValueFromSource({ dataType: dataTypeOf(point), value }, StatusCodes.Good, sourceTime);
    }
  }

  async stop(): Promise<void> {
    try {
      await this.server?.shutdown(0);
    } finally {
      if (this.folder !== undefined) await rm(this.folder, { recursive: true, force: true });
    }
  }

  private addVariables(space: AddressSpace): void {
    const folder = space.getOwnNamespace().addFolder('ObjectsFolder', { browseName: 'Line' });
    for (const point of this.points) {
      const { node, index: element } = point.address as OpcuaAddress;
      const { index, uri, identifier } = NODE_ID.exec(node)!.groups as Record<string, string | undefined>;
      const namespace = uri === undefined ? Number(index ?? 0) : namespaceOf(space, uri);
      if (namespace === 0 || element !== undefined) {
        throw new DeviceError(
          `opcua device: ${point.signal} is bound to ${element === undefined ? `"${node}", which is in the standard's own namespace` : 'an element of an array'}; ` +
            'the virtual devices have plain variables in other namespaces only, such as "ns=2;s=S3.State"',
        );
      }
      while (space.getNamespaceArray().length <= namespace) {
        space.registerNamespace(`urn:millwright:devices:${space.getNamespaceArray().length}`);
      }
      const variable = space.getNamespace(namespace).addVariable({
        organizedBy: folder,
        browseName: { name: identifier!.slice(2), namespaceIndex: namespace },
        nodeId: `ns=${namespace};${identifier}`,
        dataType: DataType[dataTypeOf(point)],
        accessLevel: 'CurrentRead',
        userAccessLevel: 'CurrentRead',
        minimumSamplingInterval: 0,
      });
      this.variables.set(point, variable);
    }
  }
}

/** Index of the namespace with that URI, which is made when it is not there. */
const namespaceOf = (space: AddressSpace, uri: string): number => {
  const index = space.getNamespaceIndex(uri);
  return index >= 0 ? index : space.registerNamespace(uri).index;
};

const dataTypeOf = ({ dataType, role }: DevicePoint): DataType => {
  switch (dataType) {
    case 'number':
      return DataType.Double;
    case 'integer':
      return role === 'good-count' || role === 'scrap-count' ? DataType.UInt32 : DataType.Int32;
    case 'boolean':
      return DataType.Boolean;
    case 'text':
      return DataType.String;
  }
};
