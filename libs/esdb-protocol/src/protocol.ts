/**
 * EventStoreDB's protocol as `@eventstore/db-client` ships it, in one place: the generated files are CommonJS without names that an import
 * could see. They share one global with `@kurrent/kurrentdb-client`; a process has one of the two.
 */
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import gossipService from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import operations from '@eventstore/db-client/generated/operations_pb.js';
import operationsService from '@eventstore/db-client/generated/operations_grpc_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import featuresService from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import status from '@eventstore/db-client/generated/status_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import streamsService from '@eventstore/db-client/generated/streams_grpc_pb.js';
import monitoringService from '@eventstore/db-client/generated/monitoring_grpc_pb.js';
import persistentService from '@eventstore/db-client/generated/persistent_grpc_pb.js';
import projectionsService from '@eventstore/db-client/generated/projections_grpc_pb.js';
import usersService from '@eventstore/db-client/generated/users_grpc_pb.js';

export { features, gossip, operations, shared, status, streams };

export const { StreamsService, StreamsClient } = streamsService;
export const { GossipService } = gossipService;
export const { OperationsService, OperationsClient } = operationsService;
export const { ServerFeaturesService } = featuresService;

/** Services that EventStoreDB has and the embedded log has not. */
export const FOREIGN_SERVICES = {
  persistent: persistentService.PersistentSubscriptionsService,
  projections: projectionsService.ProjectionsService,
  users: usersService.UsersService,
  monitoring: monitoringService.MonitoringService,
};
