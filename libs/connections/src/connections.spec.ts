import type { Connector, ConnectorHealth, Ingest, Protocol } from '@millwright/edge';
import type { Plant } from '@millwright/plant-model';
import { expect, test, vi } from 'vitest';
import { Connections } from './connections.js';

const healthy: ConnectorHealth = { link: 'up', detail: 'connected', reconnects: 0, faults: [] };

const protocolOf = (run: Connector['run'], health: ConnectorHealth = healthy): Protocol =>
  ({ name: 'test', connect: () => ({ run, health: () => health }) }) as unknown as Protocol;

const plant = {
  connections: [{ name: 'line/plc', protocol: 'test', settings: {} }],
  bindings: [{ connection: 'line/plc', signal: 'line/s1:a', asset: 'line/s1', address: {}, intervalMs: 1, edge: {} }],
} as unknown as Plant;
const ingest = { sinkFor: () => ({}) } as unknown as Ingest;
const reporter = () => ({ info: vi.fn(), warn: vi.fn(), error: vi.fn() });

const untilAborted: Connector['run'] = (_, signal) =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve()));

test.each([
  [{}, 'up', 'connected'],
  [{ link: 'connecting' }, 'degraded', 'connected'],
  [{ link: 'down', detail: 'refused' }, 'down', 'refused'],
  [{ faults: [{ signal: 'line/s1:a', reason: 'no such node' }] }, 'degraded', 'connected; line/s1:a: no such node'],
] as const)('a connector that says %j is told as %s', async (said, state, detail) => {
  const connections = new Connections();
  connections.start(plant, [protocolOf(untilAborted, { ...healthy, ...said })], ingest, () => 0, reporter());
  expect(connections.health()).toEqual([{ name: 'line/plc', state, detail, foreign: true }]);
  await connections.stop();
});

test('a connector that ends by a defect of its own is told in health and in the log, and counts as ours', async () => {
  const connections = new Connections();
  const report = reporter();
  connections.start(plant, [protocolOf(() => Promise.reject(new Error('boom')))], ingest, () => 0, report);
  await expect
    .poll(() => connections.health()[0])
    .toMatchObject({ state: 'down', detail: expect.stringContaining('boom') });
  expect(connections.health()[0]!.foreign).toBeUndefined();
  expect(report.error).toHaveBeenCalledOnce();
  await connections.stop();
});
