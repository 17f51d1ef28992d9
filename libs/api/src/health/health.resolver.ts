import { Inject, UseFilters } from '@nestjs/common';
import { Query, Resolver } from '@nestjs/graphql';
import { PassOn } from '../error/pass-on.filter.js';
import { HealthService } from './health.service.js';
import { HealthType } from './health.type.js';

@Resolver(() => HealthType)
@UseFilters(PassOn)
export class HealthResolver {
  private readonly service: HealthService;
  constructor(@Inject(HealthService) service: HealthService) {
    this.service = service;
  }

  @Query(() => HealthType, { description: 'How the server itself is.' })
  health(): HealthType {
    return this.service.check();
  }
}
