import fc from 'fast-check';
import { expect, test } from 'vitest';
import { modbusAddress, width } from './address.js';
import { type Block, type ModbusPoint, planReads, split } from './read-plan.js';

const point = (table: string, register: number, type?: string, more: object = {}): ModbusPoint => ({
  signal: `a:${table}-${register}`,
  address: modbusAddress.parse({ table, register, ...(type && { type }), ...more }),
  intervalMs: 100,
});
const shape = (blocks: readonly Block[]): string[] => blocks.map((b) => `${b.table} ${b.start}+${b.count}`);
const limits = { maxRegisters: 125, maxGap: 10 };

test('neighbours share a request, tables never do', () => {
  const points = [
    point('holding', 0, 'uint16'),
    point('input', 0, 'float32'),
    point('holding', 2, 'uint32'),
    point('coil', 3),
    point('discrete', 3),
    point('coil', 0),
  ];
  expect(shape(planReads(points, limits))).toEqual(['coil 0+4', 'discrete 3+1', 'holding 0+4', 'input 0+2']);
});

test('a gap is read along up to the limit', () => {
  const points = [point('holding', 0, 'uint16'), point('holding', 11, 'uint16'), point('holding', 23, 'uint16')];
  expect(shape(planReads(points, limits))).toEqual(['holding 0+12', 'holding 23+1']);
  expect(shape(planReads(points, { ...limits, maxGap: 0 }))).toHaveLength(3);
  expect(shape(planReads([point('coil', 0), point('coil', 161), point('coil', 323)], limits))).toEqual([
    'coil 0+162',
    'coil 323+1',
  ]);
});

test('a request ends at 125 registers, and no value is cut', () => {
  const points = Array.from({ length: 100 }, (_, i) => point('holding', i * 4, 'float64'));
  const blocks = planReads(points, limits);
  expect(shape(blocks)).toEqual(['holding 0+124', 'holding 124+124', 'holding 248+124', 'holding 372+28']);
});

test('a request ends at 2000 bits', () => {
  const points = Array.from({ length: 2_001 }, (_, i) => point('discrete', i));
  expect(shape(planReads(points, limits))).toEqual(['discrete 0+2000', 'discrete 2000+1']);
});

test('points that overlap are read once', () => {
  const points = [
    point('holding', 0, 'text', { registers: 4 }),
    point('holding', 1, 'bool', { bit: 0 }),
    point('holding', 1, 'bool', { bit: 1 }),
    point('holding', 2, 'uint16'),
  ];
  expect(shape(planReads(points, { ...limits, maxGap: 0 }))).toEqual(['holding 0+4']);
});

test('a refused block falls in two until one point is left', () => {
  const [block] = planReads(
    [0, 1, 2].map((r) => point('holding', r, 'uint16')),
    limits,
  );
  const halves = split(block!)!;
  expect(shape(halves)).toEqual(['holding 0+1', 'holding 1+2']);
  expect(split(halves[0])).toBeUndefined();
});

test('whatever the points: each is in exactly one block and wholly inside it, and no block is too long', () => {
  const places = fc.record({
    table: fc.constantFrom('holding', 'input', 'coil'),
    register: fc.integer({ min: 0, max: 500 }),
    type: fc.constantFrom('uint16', 'uint32', 'float64'),
  });
  fc.assert(
    fc.property(fc.array(places), fc.integer({ min: 4, max: 125 }), fc.integer({ min: 0, max: 40 }), (ps, max, gap) => {
      const points = ps.map((p) => point(p.table, p.register, p.table === 'coil' ? undefined : p.type));
      const blocks = planReads(points, { maxRegisters: max, maxGap: gap });
      expect(blocks.flatMap((b) => b.points).length).toBe(points.length);
      expect(new Set(blocks.flatMap((b) => b.points))).toEqual(new Set(points));
      for (const block of blocks) {
        if (block.table !== 'coil') expect(block.count).toBeLessThanOrEqual(max);
        for (const { address } of block.points) {
          expect(address.register).toBeGreaterThanOrEqual(block.start);
          expect(address.register + width(address)).toBeLessThanOrEqual(block.start + block.count);
        }
      }
    }),
  );
});
