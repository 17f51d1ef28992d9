import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import mqttPacket from 'mqtt-packet';

/**
 * Publishes samples at a fixed rate to `bench/<asset>/<signal>`, and prints `{"sent", "seconds"}`. Bare MQTT packets on a socket: it must
 * cost little beside what is measured. Payload: `{"i": topic number, "v": count on that topic from 1, "t": epoch ms}`.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    rate: { type: 'string' },
    seconds: { type: 'string' },
    topics: { type: 'string' },
    assets: { type: 'string' },
    qos: { type: 'string' },
  },
});
const number = (name: keyof typeof values): number => Number(values[name]);
const [rate, seconds, topics, assets, qos] = [
  number('rate'),
  number('seconds'),
  number('topics'),
  number('assets'),
  number('qos') as 0 | 1,
];

const TICK_MS = 5;
const topicNames = Array.from({ length: topics }, (_, i) => `bench/a${i % assets}/s${Math.floor(i / assets)}`);
const counts = new Array<number>(topics).fill(0);
const socket = connect({ port: number('port'), host: '127.0.0.1', noDelay: true });
let acknowledged = 0;
let sent = 0;
let connected = false;

const publish = (): Buffer => {
  const topic = sent % topics;
  const payload = `{"i":${topic},"v":${++counts[topic]!},"t":${Date.now()}}`;
  const messageId = qos === 1 ? { messageId: (sent % 65_535) + 1 } : {};
  sent++;
  return mqttPacket.generate({
    cmd: 'publish',
    topic: topicNames[topic]!,
    payload,
    qos,
    dup: false,
    retain: false,
    ...messageId,
  });
};

/** The broker's answers are CONNACK once and then PUBACK, four bytes each. */
socket.on('data', (chunk) => {
  if (connected) acknowledged += chunk.length / 4;
  else begin();
});
socket.on('error', (error) => {
  console.error(`generator: ${error.message}`);
  process.exit(1);
});
socket.write(
  mqttPacket.generate({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    clientId: 'bench-generator',
    keepalive: 0,
  }),
);

const begin = (): void => {
  connected = true;
  const start = performance.now();
  const timer = setInterval(() => {
    const elapsed = performance.now() - start;
    const due = Math.min(Math.floor((elapsed / 1_000) * rate), rate * seconds);
    const packets: Buffer[] = [];
    while (sent < due) packets.push(publish());
    if (packets.length > 0) socket.write(Buffer.concat(packets));
    if (sent >= rate * seconds && (qos === 0 || acknowledged >= sent)) {
      clearInterval(timer);
      socket.end(mqttPacket.generate({ cmd: 'disconnect' }), () =>
        console.log(JSON.stringify({ sent, seconds: (performance.now() - start) / 1_000 })),
      );
    }
  }, TICK_MS);
};
