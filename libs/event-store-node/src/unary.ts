import { EventStoreError } from '@millwright/event-store';
import { statusOf } from './errors.js';
import type { Call } from './grpc/call.js';
import { frameOf } from './grpc/frames.js';
import type { Handler } from './grpc/server.js';

interface Answer {
  serializeBinary(): Uint8Array;
}

/** Serves calls of one request; `parse` is the generated class's. What `serve` throws ends the call with its status. */
export const withRequest =
  <Request>(parse: (bytes: Uint8Array) => Request, serve: (request: Request, call: Call) => Promise<void>): Handler =>
  (call) => {
    let request: Request | undefined;
    call.receive(
      (message) => {
        try {
          if (request !== undefined) throw invalid('the call takes one message, and a second one came');
          request = parsed(parse, message);
        } catch (error) {
          call.end(statusOf(error));
        }
      },
      () => {
        const served =
          request === undefined
            ? Promise.reject(invalid('the call ended before its message came'))
            : serve(request, call);
        served.catch((error: unknown) => call.end(statusOf(error)));
      },
    );
  };

/** One request, one answer. */
export const unary = <Request>(
  parse: (bytes: Uint8Array) => Request,
  serve: (request: Request, call: Call) => Promise<Answer> | Answer,
): Handler =>
  withRequest(parse, async (request, call) => {
    const answer = await serve(request, call);
    call.send(frameOf(answer.serializeBinary()));
    call.end();
  });

const parsed = <Request>(parse: (bytes: Uint8Array) => Request, message: Uint8Array): Request => {
  try {
    return parse(message);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw invalid(`the message is not the protobuf message that the call takes: ${reason}`);
  }
};

export const invalid = (message: string): EventStoreError => new EventStoreError('invalid-event', message);
