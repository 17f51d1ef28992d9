// An OPC UA server in a process of its own, for specs that kill or freeze it: `ns=1;s=tick` counts up every 50 ms.
// Arguments: port, folder for its certificate. Prints READY. Ends with its standard input.
import process from 'node:process';
import { setInterval } from 'node:timers';
import { LogLevel, setLogLevel } from 'node-opcua-debug';

setLogLevel(LogLevel.Emergency);
const opcua = await import('node-opcua');
const [port, rootFolder] = process.argv.slice(2);
const certificates = new opcua.OPCUACertificateManager({ rootFolder, disableFileWatchers: true });
const server = new opcua.OPCUAServer({
  host: '127.0.0.1',
  hostname: '127.0.0.1',
  port: Number(port),
  securityModes: [opcua.MessageSecurityMode.None],
  securityPolicies: [opcua.SecurityPolicy.None],
  serverCertificateManager: certificates,
  userCertificateManager: certificates,
  registerServerMethod: opcua.RegisterServerMethod.HIDDEN,
  nodeset_filename: [opcua.nodesets.standard],
});
await server.initialize();
const tick = server.engine.addressSpace.getOwnNamespace().addVariable({
  organizedBy: 'ObjectsFolder',
  browseName: 'tick',
  nodeId: 's=tick',
  dataType: 'UInt32',
  minimumSamplingInterval: 0,
});
let count = 0;
setInterval(() => tick.setValueFromSource({ dataType: opcua.DataType.UInt32, value: ++count }), 50);
await server.start();
process.stdout.write('READY\n');
process.stdin.on('end', () => process.exit(0)).resume();
