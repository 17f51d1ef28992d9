import { DeadlineError, type RawSample } from '@millwright/edge';
import { beforeEach, describe, expect, test } from 'vitest';
import { modbusAddress, type Table } from './address.js';
import { BlockReader } from './block-reader.js';
import { LinkLostError, RefusedError } from './modbus-link.js';
import { type Block, type ModbusPoint, planReads } from './read-plan.js';

type Behaviour = 'answers' | 'refuses' | 'silent' | 'busy';

/** Holding registers with their address as value; a request meets the worst of its registers. */
class FakeDevice {
  readonly behaviour = new Map<number, Behaviour>();
  readonly requests: string[] = [];
  /** Requests that get no answer, whatever they ask for. */
  losing = 0;

  read(table: Table, start: number, count: number): Promise<Buffer> {
    this.requests.push(`${table} ${start}+${count}`);
    const registers = Array.from({ length: count }, (_, i) => start + i);
    const met = registers.map((r) => this.behaviour.get(r) ?? 'answers');
    if (this.losing-- > 0 || met.includes('silent')) return Promise.reject(new DeadlineError('read', 5));
    if (met.includes('refuses')) return Promise.reject(new RefusedError('no such address', 2));
    if (met.includes('busy')) return Promise.reject(new RefusedError('busy', 6));
    const bytes = Buffer.alloc(count * 2);
    registers.forEach((r, i) => bytes.writeUInt16BE(r, i * 2));
    return Promise.resolve(bytes);
  }
}

const points = (...registers: number[]): ModbusPoint[] =>
  registers.map((register) => ({
    signal: `a:r${register}`,
    address: modbusAddress.parse({ table: 'holding', register, type: 'uint16' }),
    intervalMs: 100,
  }));

let device: FakeDevice;
let faults: Map<string, string>;
let samples: RawSample[];
let reader: BlockReader;

beforeEach(() => {
  device = new FakeDevice();
  faults = new Map();
  samples = [];
  const report = {
    fault: (signal: string, reason: string) => void faults.set(signal, reason),
    recovered: (signal: string) => void faults.delete(signal),
    seen: () => undefined,
  };
  reader = new BlockReader(device, report, () => 1_000);
});

const block = (...registers: number[]): Block => planReads(points(...registers), { maxRegisters: 125, maxGap: 10 })[0]!;
const read = async (what: Block): Promise<{ kept: string[]; bad: string[] }> => {
  const { kept, bad } = await reader.read(what, samples);
  return { kept: kept.map((b) => `${b.start}+${b.count}`), bad: bad.map((p) => p.signal) };
};
const values = (): unknown[] => samples.map((s) => s.value);

test('one request, a sample per point, at the time of receipt', async () => {
  expect(await read(block(3, 5))).toEqual({ kept: ['3+3'], bad: [] });
  expect(device.requests).toEqual(['holding 3+3']);
  expect(samples).toEqual([
    { signal: 'a:r3', value: 3, status: 0, sourceTime: 1_000 },
    { signal: 'a:r5', value: 5, status: 0, sourceTime: 1_000 },
  ]);
});

describe('a device that refuses', () => {
  test('one address: the others are read, the block stays without it', async () => {
    device.behaviour.set(2, 'refuses');
    expect(await read(block(0, 1, 2, 3))).toEqual({ kept: ['0+2', '3+1'], bad: ['a:r2'] });
    expect(values()).toEqual([0, 1, 3]);
    expect([...faults]).toEqual([['a:r2', 'holding 2 uint16: no such address']]);
  });

  test('a register in the gap: nobody is at fault', async () => {
    device.behaviour.set(4, 'refuses');
    expect(await read(block(0, 8))).toEqual({ kept: ['0+1', '8+1'], bad: [] });
    expect(values()).toEqual([0, 8]);
    expect(faults.size).toBe(0);
  });

  test('because it is busy: the block stays whole, and the fault goes with the next answer', async () => {
    device.behaviour.set(1, 'busy');
    expect(await read(block(0, 1))).toEqual({ kept: ['0+2'], bad: [] });
    expect([...faults.keys()]).toEqual(['a:r0', 'a:r1']);
    device.behaviour.clear();
    await read(block(0, 1));
    expect(faults.size).toBe(0);
  });
});

describe('a device that is silent', () => {
  test('about one address: the others are read', async () => {
    await read(block(7));
    device.behaviour.set(1, 'silent');
    expect(await read(block(0, 1, 2, 3))).toEqual({ kept: ['0+1', '2+2'], bad: ['a:r1'] });
    expect(values()).toEqual([7, 0, 2, 3]);
    expect(faults.get('a:r1')).toContain('does not answer a read of this address');
  });

  test('once: the value comes with the next try, and the block stays whole', async () => {
    device.losing = 1;
    expect(await read(block(0, 1))).toEqual({ kept: ['0+2'], bad: [] });
    expect(values()).toEqual([0, 1]);
    device.losing = 1;
    expect(await read(block(5))).toEqual({ kept: ['5+1'], bad: [] });
    expect(device.requests.slice(-3)).toEqual(['holding 5+1', 'holding 1+1', 'holding 5+1']);
    expect(faults.size).toBe(0);
  });

  test('to everything: the link counts as lost after three requests', async () => {
    await read(block(7));
    device.losing = Number.POSITIVE_INFINITY;
    await expect(read(block(0, 1, 2, 3))).rejects.toThrow(LinkLostError);
    expect(device.requests).toHaveLength(4);
    expect(faults.size).toBe(0);
  });

  test('from the start, on its only signal: lost as well', async () => {
    device.losing = Number.POSITIVE_INFINITY;
    await expect(read(block(0))).rejects.toThrow('left 3 requests in a row unanswered for 5 ms each');
  });
});
