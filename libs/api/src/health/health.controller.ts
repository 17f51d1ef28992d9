import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { HealthService } from './health.service.js';

/** For load balancers and monitors: 200 while the server is up or degraded, 503 when it is down. */
@Controller('health')
export class HealthController {
  private readonly service: HealthService;
  constructor(@Inject(HealthService) service: HealthService) {
    this.service = service;
  }

  @Get()
  check(@Res() reply: FastifyReply): void {
    const health = this.service.check();
    void reply
      .code(health.state === 'down' ? 503 : 200)
      .header('cache-control', 'no-store')
      .send(health);
  }
}
