import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';
import { Tally } from './tally.js';

/**
 * Receives samples from one of the two servers, prints `SUBSCRIBED`, and after each line `report` on stdin a line of JSON with the tally
 * so far.
 */
const { values: options } = parseArgs({
  options: { url: { type: 'string' }, kind: { type: 'string' }, assets: { type: 'string' }, under: { type: 'string' } },
});
const assets = Number(options.assets);
const tally = new Tally();
const now = (): number => performance.timeOrigin + performance.now();

/** The part of the API's SampleBatch that the document below asks for. */
interface SampleBatch {
  readonly __typename: string;
  readonly asset: string;
  readonly signals: readonly string[];
  readonly values: readonly number[];
  readonly sourceTimes: readonly number[];
}

const DOCUMENT = `subscription Bench($under: ID!) {
  samples(under: $under) { __typename ... on SampleBatch { asset signals values sourceTimes } }
}`;

const addBatch = (batch: SampleBatch): void => {
  const at = now();
  const asset = Number(batch.asset.slice(batch.asset.lastIndexOf('/') + 2));
  for (let i = 0; i < batch.signals.length; i++) {
    const topic = Number(batch.signals[i]!.slice(1)) * assets + asset;
    tally.add(topic, batch.values[i]!, batch.sourceTimes[i]!, at);
  }
};

const graphql = (url: string): void => {
  const socket = new WebSocket(url, 'graphql-transport-ws');
  socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init' })));
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as {
      type: string;
      payload?: { data?: { samples: SampleBatch }; errors?: unknown };
    };
    if (message.type === 'connection_ack') {
      socket.send(
        JSON.stringify({
          id: '1',
          type: 'subscribe',
          payload: { query: DOCUMENT, variables: { under: options.under } },
        }),
      );
    } else if (message.type === 'ping') socket.send(JSON.stringify({ type: 'pong' }));
    else if (message.type === 'next' && message.payload?.data) {
      const { samples } = message.payload.data;
      if (samples.__typename === 'SampleBatch') addBatch(samples);
      else if (samples.__typename === 'CaughtUp') console.log('SUBSCRIBED');
    } else end(`the server answered ${String(data).slice(0, 500)}`);
  });
  socket.on('close', (code, reason) => end(`the server closed the subscription: ${code} ${String(reason)}`));
};

const relay = (url: string): void => {
  const socket = new WebSocket(url);
  socket.on('open', () => console.log('SUBSCRIBED'));
  socket.on('message', (data) => {
    const { i, v, t } = JSON.parse(String(data)) as { i: number; v: number; t: number };
    tally.add(i, v, t, now());
  });
  socket.on('close', () => end('Node-RED closed the socket'));
};

const end = (why: string): never => {
  console.error(`subscriber: ${why}`);
  process.exit(1);
};

process.stdin.on('data', () => console.log(JSON.stringify(tally.result())));
process.stdin.on('end', () => process.exit(0));
if (options.kind === 'node-red') relay(options.url!);
else graphql(options.url!);
