import { Module, type DynamicModule } from '@nestjs/common';
import { GraphQLModule } from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import { ActorResolver } from './actor/actor.resolver.js';
import { AlarmMutation } from './alarm/alarm.mutation.js';
import { AlarmResolver } from './alarm/alarm.resolver.js';
import { API_LIMITS, API_OPTIONS, DEFAULT_LIMITS, type ApiOptions } from './api-options.js';
import { AssetResolver } from './asset/asset.resolver.js';
import { EventResolver } from './event/event.resolver.js';
import { ForkResolver } from './fork/fork.resolver.js';
import { HealthController } from './health/health.controller.js';
import { HealthResolver } from './health/health.resolver.js';
import { HealthService } from './health/health.service.js';
import { GraphQLController } from './http/graphql.controller.js';
import { PlantViewResolver } from './plant/plant-view.resolver.js';
import { completeRootTypes } from './plant/root-types.js';
import { GraphQLExecutor } from './request/graphql-executor.js';
import { SignalResolver } from './signal/signal.resolver.js';
import { SocketServer } from './socket/socket-server.js';
import { GroupRegistry } from './stream/group-registry.js';
import { LiveFeed } from './stream/live-feed.js';
import { Removals } from './stream/removals.js';
import { StreamResolver } from './stream/stream.resolver.js';

const resolvers = [
  PlantViewResolver,
  AssetResolver,
  SignalResolver,
  AlarmResolver,
  AlarmMutation,
  EventResolver,
  ActorResolver,
  ForkResolver,
  HealthResolver,
  StreamResolver,
];

@Module({})
export class ApiModule {
  static forRoot(options: ApiOptions): DynamicModule {
    return {
      module: ApiModule,
      imports: [
        GraphQLModule.forRoot<MercuriusDriverConfig>({
          driver: MercuriusDriver,
          autoSchemaFile: true,
          transformSchema: completeRootTypes,
          // From the second time on a query runs compiled.
          jit: 1,
          // HTTP, sockets and the playground are ours: same limits and errors on both ways in, and no page that loads from a CDN.
          routes: false,
          subscription: false,
          graphiql: false,
          // Errors stay as they are until the executor tells the client; a request that never ran has no data, not null.
          errorFormatter: ({ data, errors }) => ({
            statusCode: 200,
            response: { errors, ...(data !== undefined && { data }) },
          }),
        }),
      ],
      controllers: [GraphQLController, HealthController],
      providers: [
        { provide: API_OPTIONS, useValue: options },
        { provide: API_LIMITS, useValue: { ...DEFAULT_LIMITS, ...options.limits } },
        GraphQLExecutor,
        HealthService,
        LiveFeed,
        GroupRegistry,
        Removals,
        SocketServer,
        ...resolvers,
      ],
    };
  }
}
