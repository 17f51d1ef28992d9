import './quiet.js';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import getPort from 'get-port';
import {
  DataType,
  MessageSecurityMode,
  nodesets,
  OPCUACertificateManager,
  OPCUAServer,
  type OPCUAServerOptions,
  RegisterServerMethod,
  SecurityPolicy,
  ServerCapabilities,
  StatusCode,
  StatusCodes,
  type UAVariable,
  type VariantOptions,
} from 'node-opcua';

export { DataType, MessageSecurityMode, SecurityPolicy, ServerCapabilities, StatusCode, StatusCodes };

const NAMESPACE = 'http://example.org/cell';

/** An OPC UA server of node-opcua on loopback, with variables `ns=2;s=<name>` that a spec sets. */
export class TestServer {
  readonly port: number;
  private readonly values = new Map<string, { value: VariantOptions; status: StatusCode; time: Date }>();
  private readonly options: OPCUAServerOptions;
  private folder: string | undefined;
  private server: OPCUAServer | undefined;
  private variables = new Map<string, UAVariable>();

  private constructor(port: number, options: OPCUAServerOptions) {
    this.port = port;
    this.options = options;
  }

  static async started(options: OPCUAServerOptions = {}): Promise<TestServer> {
    const server = new TestServer(await getPort(), options);
    await server.start();
    return server;
  }

  get endpoint(): string {
    return `opc.tcp://127.0.0.1:${this.port}`;
  }

  /** Does nothing when it is running. */
  async start(): Promise<void> {
    if (this.server) return;
    this.folder = await mkdtemp(join(tmpdir(), 'millwright-opcua-spec-'));
    const certificates = new OPCUACertificateManager({
      rootFolder: join(this.folder, 'pki'),
      disableFileWatchers: true,
    });
    this.server = new OPCUAServer({
      host: '127.0.0.1',
      hostname: '127.0.0.1',
      port: this.port,
      securityModes: [MessageSecurityMode.None],
      securityPolicies: [SecurityPolicy.None],
      serverCertificateManager: certificates,
      userCertificateManager: certificates,
      registerServerMethod: RegisterServerMethod.HIDDEN,
      nodeset_filename: [nodesets.standard],
      ...this.options,
    });
    await this.server.initialize();
    this.server.engine.addressSpace!.registerNamespace(NAMESPACE);
    for (const [name, { value, status, time }] of this.values) this.set(name, value, status, time);
    await this.server.start();
  }

  /** The variable has this value from now on; it is made when there is none of the name. */
  set(name: string, value: VariantOptions, status: StatusCode = StatusCodes.Good, time = new Date()): void {
    this.values.set(name, { value, status, time });
    if (!this.server) return;
    let variable = this.variables.get(name);
    if (!variable) {
      variable = this.namespace.addVariable({
        organizedBy: 'ObjectsFolder',
        browseName: name,
        nodeId: `s=${name}`,
        dataType: 'BaseDataType',
        valueRank: -2,
        minimumSamplingInterval: 0,
      });
      this.variables.set(name, variable);
    }
    variable.setValueFromSource(value, status, time);
  }

  /** The namespace with index 2. */
  private get namespace() {
    return this.server!.engine.addressSpace!.getNamespace(NAMESPACE);
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    this.variables = new Map();
    await server?.shutdown(0);
    if (this.folder) await rm(this.folder, { recursive: true, force: true });
  }
}
