import { mqttAddress } from '@millwright/connector-mqtt';
import type { SignalRole } from '@millwright/events';
import { expect, test } from 'vitest';
import type { DevicePoint } from './device.js';
import { MqttPayloads } from './mqtt-payloads.js';

const point = (signal: string, address: object, role: SignalRole = 'measurement'): DevicePoint => ({
  signal,
  address: mqttAddress.parse(address),
  dataType: 'number',
  role,
});
const NOON = Date.parse('2026-03-01T12:00:00Z');

test('signals of one topic share its payload, each at its path, with its time', () => {
  const flow = point('s:flow', { topic: 't', path: 'primer.flow', timestamp: 'at' });
  const level = point('s:level', { topic: 't', path: 'primer.level', timestamp: 'at' });
  const payloads = new MqttPayloads([flow, level]);
  payloads.messages([{ point: level, value: 80 }], NOON - 1_000);
  const [message, ...more] = payloads.messages([{ point: flow, value: 12.5 }], NOON);
  expect(more).toEqual([]);
  expect(message!.topic).toBe('t');
  expect(JSON.parse(message!.payload)).toEqual({ primer: { flow: 12.5, level: 80 }, at: '2026-03-01T12:00:00.000Z' });
});

test('a signal without a path is the whole payload', () => {
  const speed = point('s:speed', { topic: 't' });
  expect(new MqttPayloads([speed]).messages([{ point: speed, value: 3 }], NOON)).toEqual([
    { topic: 't', payload: '3' },
  ]);
});

test('a topic that tells of parts has one message per part, with what belongs to the part', () => {
  const result = point('s:result', { topic: 't', path: 'result' }, 'part-result');
  const strength = point('s:strength', { topic: 't', path: 'strength' });
  const payloads = new MqttPayloads([result, strength]);
  expect(payloads.messages([{ point: strength, value: 480 }], NOON)).toEqual([]);
  const both = [
    { point: strength, value: 501 },
    { point: result, value: 'pass' },
  ];
  expect(payloads.messages(both, NOON).map((m) => JSON.parse(m.payload) as unknown)).toEqual([
    { result: 'pass', strength: 501 },
  ]);
});

test('two signals that want the same whole payload are refused, with both named', () => {
  const points = [point('s:a', { topic: 'line/x' }), point('s:b', { topic: 'line/x', path: 'b' })];
  expect(() => new MqttPayloads(points)).toThrow(/"line\/x": s:a .* s:b .* path/);
});
