import type { RawSample } from '@millwright/edge';
import { eventually } from '@millwright/edge/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { modbusAddress, type Table } from './address.js';
import { RefusedError } from './modbus-link.js';
import { Poller } from './poller.js';
import type { ModbusPoint } from './read-plan.js';

const point = (register: number, intervalMs: number): ModbusPoint => ({
  signal: `a:r${register}`,
  address: modbusAddress.parse({ table: 'holding', register, type: 'uint16' }),
  intervalMs,
});

const refused = new Set<number>();
let requests: string[];
let delivered: (readonly RawSample[])[];
let faults: Set<string>;
let abort: AbortController;
let hold: Promise<void>;

beforeEach(() => {
  refused.clear();
  requests = [];
  delivered = [];
  faults = new Set();
  abort = new AbortController();
  hold = Promise.resolve();
});
afterEach(() => abort.abort());

const start = (points: readonly ModbusPoint[]): { poller: Poller; done: Promise<void> } => {
  const poller = new Poller({
    source: {
      read: (_table: Table, from: number, count: number) => {
        requests.push(`${from}+${count}`);
        const hit = [...refused].some((r) => r >= from && r < from + count);
        return hit ? Promise.reject(new RefusedError('no such address', 2)) : Promise.resolve(Buffer.alloc(count * 2));
      },
    },
    points,
    limits: { maxRegisters: 125, maxGap: 10 },
    report: { fault: (s) => void faults.add(s), recovered: (s) => void faults.delete(s), seen: () => undefined },
    now: () => 0,
    deliver: (samples) => {
      delivered.push(samples);
      return hold;
    },
    retryFaults: { minMs: 5, maxMs: 5 },
  });
  return { poller, done: poller.run(abort.signal) };
};

test('each interval is a group of its own requests, and a fast one is polled more often', async () => {
  const { poller } = start([point(0, 10), point(1, 10), point(2, 60_000)]);
  expect(poller.requests).toBe(2);
  await eventually('the fast group came round again', () => requests.filter((r) => r === '0+2').length >= 3);
  expect(requests.filter((r) => r === '2+1')).toHaveLength(1);
});

test('while a delivery is under way nothing is polled; afterwards the missed polls are left out', async () => {
  let release = (): void => undefined;
  hold = new Promise((resolve) => (release = resolve));
  start([point(0, 1), point(100, 1)]);
  await eventually('the first poll is delivered', () => delivered.length === 1);
  const before = requests.length;
  const after = performance.now() + 30;
  await eventually('many intervals have passed', () => performance.now() > after);
  expect(requests).toHaveLength(before);
  hold = Promise.resolve();
  release();
  await eventually('it polls again', () => delivered.length >= 3);
});

test('a refused signal is tried again later and joins the others', async () => {
  refused.add(1);
  const { poller } = start([point(0, 5), point(1, 5)]);
  await eventually('the signal is in the faults', () => faults.has('a:r1'));
  await eventually('it was tried again by itself', () => requests.filter((r) => r === '1+1').length >= 2);
  expect(poller.requests).toBe(1);
  refused.clear();
  await eventually('it is read again', () => delivered.flat().some((s) => s.signal === 'a:r1'));
  expect(faults.size).toBe(0);
  expect(poller.requests).toBe(2);
});

test('without any point it waits for its end', async () => {
  const { done } = start([]);
  abort.abort();
  await expect(done).resolves.toBeUndefined();
});

test('samples that cannot be delivered end the polling', async () => {
  hold = Promise.reject(new Error('the sink has closed'));
  const { done } = start([point(0, 5)]);
  await expect(done).rejects.toThrow('the sink has closed');
});
