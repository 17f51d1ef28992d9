import type { Point } from '@millwright/edge';
import { BITS_PER_REQUEST_MAX, isBitTable, type ModbusAddress, type Table, TABLES, width } from './address.js';

export type ModbusPoint = Point<ModbusAddress>;

/** One request: a run of places of one table, and the points that lie in it, in order of address. */
export interface Block {
  readonly table: Table;
  readonly start: number;
  readonly count: number;
  readonly points: readonly ModbusPoint[];
}

export interface PlanLimits {
  /** Most registers in one request. */
  readonly maxRegisters: number;
  /** Most unused registers between two points of one request; 16 times as many bits. */
  readonly maxGap: number;
}

const endOf = ({ address }: ModbusPoint): number => address.register + width(address);

const blockOf = (points: readonly ModbusPoint[]): Block => {
  const { table, register: start } = points[0]!.address;
  return { table, start, count: Math.max(...points.map(endOf)) - start, points };
};

/** Few requests for many points: neighbours share one as long as the gap and the length allow it. */
export const planReads = (points: readonly ModbusPoint[], { maxRegisters, maxGap }: PlanLimits): Block[] =>
  TABLES.flatMap((table) => {
    const ofTable = points.filter(({ address }) => address.table === table);
    const bits = isBitTable(table);
    const gapMax = bits ? maxGap * 16 : maxGap;
    const countMax = bits ? BITS_PER_REQUEST_MAX : maxRegisters;
    const runs: ModbusPoint[][] = [];
    let start = 0;
    let end = Number.NEGATIVE_INFINITY;
    for (const point of ofTable.toSorted((a, b) => a.address.register - b.address.register || endOf(a) - endOf(b))) {
      const fits = point.address.register - end <= gapMax && Math.max(end, endOf(point)) - start <= countMax;
      if (fits) {
        runs.at(-1)!.push(point);
        end = Math.max(end, endOf(point));
      } else {
        runs.push([point]);
        start = point.address.register;
        end = endOf(point);
      }
    }
    return runs.map(blockOf);
  });

/** Two halves of a block that the device refused; undefined when one point is all there is. */
export const split = ({ points }: Block): [Block, Block] | undefined => {
  if (points.length < 2) return undefined;
  const middle = points.length >> 1;
  return [blockOf(points.slice(0, middle)), blockOf(points.slice(middle))];
};
