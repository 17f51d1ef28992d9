import { randomUUID } from 'node:crypto';
import type { handleUnaryCall, ServerUnaryCall } from '@grpc/grpc-js';
import type { ClusterInfo } from '@millwright/esdb-protocol';
import type { SupportedMethods } from '@millwright/esdb-protocol';
import type { Empty } from '@millwright/esdb-protocol';
import {
  features,
  gossip,
  OperationsService,
  ServerFeaturesService,
  shared,
  StreamsService,
} from '@millwright/esdb-protocol';

/** The version whose behaviour the node has; clients choose by it and by the methods below. */
export const SERVER_VERSION = '24.6.0';

const FEATURES: Readonly<Record<string, readonly string[]>> = {
  read: ['position', 'events'],
};

/** `ServerFeatures.GetSupportedMethods`: what this node serves, in the official server's spelling. */
export const supportedMethods: handleUnaryCall<Empty, SupportedMethods> = (_, answer) => {
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
  answer(null, new features.SupportedMethods().setEventStoreServerVersion(SERVER_VERSION).setMethodsList(methods));
};

/** `Gossip.Read`: a cluster of one, found where the client has found it. */
export const gossipRead = (): handleUnaryCall<Empty, ClusterInfo> => {
  const instance = randomUUID();
  return (call, answer) => {
    const { host, port } = addressOf(call);
    const member = new gossip.MemberInfo()
      .setInstanceId(new shared.UUID().setString(instance))
      .setTimeStamp(`${Date.now() * 10_000}`)
      .setState(gossip.MemberInfo.VNodeState.LEADER)
      .setIsAlive(true)
      .setHttpEndPoint(new gossip.EndPoint().setAddress(host).setPort(port));
    answer(null, new gossip.ClusterInfo().setMembersList([member]));
  };
};

/** The `:authority` that the client has called: another name may not lead here. */
const addressOf = (call: ServerUnaryCall<Empty, ClusterInfo>): { host: string; port: number } => {
  const authority = /^\[?(.+?)\]?:(\d+)$/.exec(call.getHost());
  return authority ? { host: authority[1]!, port: Number(authority[2]) } : { host: call.getHost(), port: 2113 };
};
