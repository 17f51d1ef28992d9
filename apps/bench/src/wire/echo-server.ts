/** gRPC alone: answers each append at once, sends it to who follows, and reads out the last event as often as asked. It stores nothing. */
import { once } from 'node:events';
import { Server, ServerCredentials, type ServerDuplexStream, type ServerWritableStream } from '@grpc/grpc-js';
import {
  StreamsService,
  type BatchAppendReq,
  type BatchAppendResp,
  type ReadReq,
  type ReadResp,
} from '@millwright/esdb-protocol';
import { answerTo, confirmation, eventMessage } from './echo-messages.js';

const followers = new Set<ServerWritableStream<ReadReq, ReadResp>>();
let position = 0;
let last: ReadResp | undefined;

const batchAppend = (call: ServerDuplexStream<BatchAppendReq, BatchAppendResp>): void => {
  call.on('data', (request: BatchAppendReq) => {
    for (const message of request.getProposedMessagesList()) {
      position++;
      if (last && followers.size === 0) continue;
      last = eventMessage(request, message, position);
      for (const follower of followers) follower.write(last);
    }
    call.write(answerTo(request, position));
  });
  call.on('end', () => call.end());
};

const read = (call: ServerWritableStream<ReadReq, ReadResp>): void => {
  const options = call.request.getOptions();
  if (options?.hasSubscription()) {
    followers.add(call);
    call.on('cancelled', () => followers.delete(call));
    call.write(confirmation());
    return;
  }
  void readOut(call, Number(options?.getCount() ?? 0));
};

const readOut = async (call: ServerWritableStream<ReadReq, ReadResp>, count: number): Promise<void> => {
  const cancelled = once(call, 'cancelled');
  for (let n = 0; last && n < count && !call.cancelled; n++) {
    if (!call.write(last)) await Promise.race([once(call, 'drain'), cancelled]);
  }
  if (!call.cancelled) call.end();
};

const server = new Server({ 'grpc.max_receive_message_length': -1 });
server.addService(StreamsService, { batchAppend, read });
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(`READY echo at 127.0.0.1:${port}`);
});
process.on('SIGTERM', () => process.exit(0));
