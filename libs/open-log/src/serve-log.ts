import type { RecordLog } from '@millwright/event-store';
import type { EventStoreNode } from '@millwright/event-store-node';
import { NodeSettingsError, readText, readUsers, type NodeSettings } from './node-settings.js';
import { quietGrpc } from './quiet-grpc.js';

/**
 * Serves a log by the protocol of EventStoreDB. Throws {@link NodeSettingsError} for files that cannot be used and for an address that
 * cannot be listened on.
 */
export const serveLog = async (log: RecordLog, settings: NodeSettings): Promise<EventStoreNode> => {
  const { host, port, tls, usersFile } = settings;
  quietGrpc();
  const { startEventStoreNode } = await import('@millwright/event-store-node');
  const pem = tls && { cert: readText(tls.certFile, 'log-cert'), key: readText(tls.keyFile, 'log-key') };
  const credentials = usersFile === undefined ? undefined : readUsers(usersFile);
  try {
    return await startEventStoreNode({
      log,
      host,
      port,
      ...(pem && { tls: pem }),
      ...(credentials && { credentials }),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const advice = 'choose another --log-port or --log-host, and look at --log-cert and --log-key where TLS is on';
    throw new NodeSettingsError(`the log cannot be served at ${host}:${port}: ${reason}; ${advice}`, { cause: error });
  }
};
