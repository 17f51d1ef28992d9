/** The protocol's messages as types. */
export type {
  AppendReq,
  AppendResp,
  BatchAppendReq,
  BatchAppendResp,
  DeleteReq,
  DeleteResp,
  ReadReq,
  ReadResp,
  TombstoneReq,
  TombstoneResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import type { AppendReq, BatchAppendReq } from '@eventstore/db-client/generated/streams_pb.js';

export type { Empty, StreamIdentifier, UUID as UuidMessage } from '@eventstore/db-client/generated/shared_pb.js';
export type { Status } from '@eventstore/db-client/generated/status_pb.js';
export type { ScavengeResp, StartScavengeReq } from '@eventstore/db-client/generated/operations_pb.js';
export type { ClusterInfo } from '@eventstore/db-client/generated/gossip_pb.js';
export type { SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb.js';
export type ProposedMessage = AppendReq.ProposedMessage | BatchAppendReq.ProposedMessage;
