import { Catch, type ExceptionFilter } from '@nestjs/common';

/** Leaves errors to GraphQL. Nest's own handler would log each wrong request of a client as an error of the server. */
@Catch()
export class PassOn implements ExceptionFilter {
  catch(error: unknown): never {
    throw error;
  }
}
