import { randomUUID } from 'node:crypto';
import {
  features,
  gossip,
  OperationsService,
  ServerFeaturesService,
  shared,
  StreamsService,
} from '@millwright/esdb-protocol';
import type { Handler } from './grpc/server.js';
import { unary } from './unary.js';

/** The version whose behaviour the node has; clients choose by it and by the methods below. */
export const SERVER_VERSION = '24.6.0';

const FEATURES: Readonly<Record<string, readonly string[]>> = {
  read: ['position', 'events'],
};

/** `ServerFeatures.GetSupportedMethods`: what this node serves, in the official server's spelling. */
export const supportedMethods: Handler = unary(shared.Empty.deserializeBinary, () => {
  const served = [
    ...Object.values(StreamsService),
    ...Object.values(ServerFeaturesService),
    OperationsService.startScavenge,
  ] as { readonly path: string }[];
  const methods = served.map(({ path }) => {
    const [, service, method] = path.toLowerCase().split('/') as [string, string, string];
    return new features.SupportedMethod()
      .setServiceName(service)
      .setMethodName(method)
      .setFeaturesList([...(FEATURES[method] ?? [])]);
  });
  return new features.SupportedMethods().setEventStoreServerVersion(SERVER_VERSION).setMethodsList(methods);
});

/** `Gossip.Read`: a cluster of one, found where the client has found it. */
export const gossipRead = (): Handler => {
  const instance = randomUUID();
  return unary(shared.Empty.deserializeBinary, (_, { authority }) => {
    const { host, port } = addressOf(authority);
    const member = new gossip.MemberInfo()
      .setInstanceId(new shared.UUID().setString(instance))
      .setTimeStamp(`${Date.now() * 10_000}`)
      .setState(gossip.MemberInfo.VNodeState.LEADER)
      .setIsAlive(true)
      .setHttpEndPoint(new gossip.EndPoint().setAddress(host).setPort(port));
    return new gossip.ClusterInfo().setMembersList([member]);
  });
};

/** As the client has called it: another name may not lead here. */
const addressOf = (authority: string): { host: string; port: number } => {
  const [, host, port] = /^\[?(.+?)\]?:(\d+)$/.exec(authority) ?? [];
  return host === undefined ? { host: authority, port: 2113 } : { host, port: Number(port) };
};
