import { connectorContract } from '@millwright/edge/testing';
import getPort from 'get-port';
import { TestBroker } from './aedes.fixture.js';
import { mqttProtocol } from './mqtt.protocol.js';

const MAX_IN_FLIGHT = 8;

connectorContract('mqtt', async () => {
  const broker = await TestBroker.start();
  let at = 1_700_000_000_000;
  const first = (value: unknown): Promise<void> => broker.publish('line/first', JSON.stringify({ value, at: at++ }));
  return {
    protocol: mqttProtocol,
    connection: { url: broker.url, maxInFlight: MAX_IN_FLIGHT },
    absentConnection: { url: `mqtt://127.0.0.1:${await getPort()}` },
    addresses: {
      first: { topic: 'line/first', path: 'value', timestamp: 'at' },
      second: { topic: 'line/second' },
      wrong: { topic: 'line/first', path: 'no.such.field' },
    },
    hasSourceTime: true,
    maxOutstanding: MAX_IN_FLIGHT,
    write: (point, value) => (point === 'first' ? first(value) : broker.publish('line/second', String(value))),
    lie: async () => {
      await first('12.5');
      return '12.5';
    },
    stop: () => broker.stop(),
    start: () => broker.start(),
    close: () => broker.stop(),
  };
});
