import {
  Client,
  type CallOptions,
  type Channel,
  type ClientDuplexStream,
  type ClientReadableStream,
} from '@grpc/grpc-js';
import type { Metadata } from '@grpc/grpc-js';
import {
  OperationsClient,
  StreamsClient,
  StreamsService,
  type BatchAppendResp,
  type EndPoint,
  type ReadReq,
} from '@millwright/esdb-protocol';
import { readAnswer, type Answer } from './wire.js';

/** A channel to one node, and the calls that are made over it. */
export interface Link {
  readonly endpoint: EndPoint;
  readonly channel: Channel;
  /** For deletions. */
  readonly streams: InstanceType<typeof StreamsClient>;
  readonly operations: InstanceType<typeof OperationsClient>;
  /** A read or a subscription. It has no deadline: its waits have. */
  read(request: ReadReq): ClientReadableStream<Answer>;
  /** The call that takes appends, as `encodeAppend` makes them; without a deadline. */
  batchAppend(): ClientDuplexStream<Buffer, BatchAppendResp>;
}

/** `args`: metadata and options of a call without a deadline. */
export const makeLink = (endpoint: EndPoint, channel: Channel, args: () => [Metadata, CallOptions]): Link => {
  const over = [null, null, { channelOverride: channel }] as unknown as ConstructorParameters<typeof StreamsClient>;
  const client = new Client(...(over as unknown as ConstructorParameters<typeof Client>));
  const { read, batchAppend } = StreamsService;
  return {
    endpoint,
    channel,
    streams: new StreamsClient(...over),
    operations: new OperationsClient(...over),
    read: (request) => client.makeServerStreamRequest(read.path, toBuffer, readAnswer, request, ...args()),
    batchAppend: () =>
      client.makeBidiStreamRequest(batchAppend.path, asItIs, batchAppend.responseDeserialize, ...args()),
  };
};

const toBuffer = (request: ReadReq): Buffer => Buffer.from(request.serializeBinary());

const asItIs = (message: Buffer): Buffer => message;
