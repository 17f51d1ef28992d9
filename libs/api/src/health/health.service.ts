import { worstOf } from '@millwright/actor-host';
import { Inject, Injectable } from '@nestjs/common';
import { API_OPTIONS, type ApiOptions } from '../api-options.js';
import { SocketServer } from '../socket/socket-server.js';
import type { HealthType } from './health.type.js';

/** The parts that the app names, and the API's own. */
@Injectable()
export class HealthService {
  private readonly options: ApiOptions;
  private readonly sockets: SocketServer;

  constructor(@Inject(API_OPTIONS) options: ApiOptions, @Inject(SocketServer) sockets: SocketServer) {
    this.options = options;
    this.sockets = sockets;
  }

  check(): HealthType {
    const components = [...this.options.health(), this.sockets.health()];
    return { state: worstOf(components), components };
  }
}
