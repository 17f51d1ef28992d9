import { qualityKind, type StatusCode } from '@millwright/events';
import type { StoredValue } from './sample-value.js';

/**
 * What the samples of one signal in one span of source time come to. `sum` depends on the order of its samples, as sums of floats do: cells are
 * always folded in the order in which the log has the samples, so that a cell computed anew is the same to the last bit.
 */
export interface Cell {
  /** Events that wrote the first and the latest of its samples. */
  readonly first: number;
  event: number;
  count: number;
  /** Of the samples that are numbers and not bad: */
  numbers: number;
  sum: number;
  min: number;
  max: number;
  /** The sample of the latest source time; of equal ones, the later in the log. */
  lastTime: number;
  last: StoredValue;
  status: StatusCode;
}

export const emptyCell = (event: number): Cell => ({
  first: event,
  event,
  count: 0,
  numbers: 0,
  sum: 0,
  min: Infinity,
  max: -Infinity,
  lastTime: -Infinity,
  last: 0,
  status: 0,
});

export const addSample = (cell: Cell, event: number, time: number, value: StoredValue, status: StatusCode): void => {
  cell.event = event;
  cell.count++;
  if (time >= cell.lastTime) {
    cell.lastTime = time;
    cell.last = value;
    cell.status = status;
  }
  if (typeof value !== 'number' || (status !== 0 && qualityKind(status) === 'bad')) return;
  cell.numbers++;
  cell.sum += value;
  if (value < cell.min) cell.min = value;
  if (value > cell.max) cell.max = value;
};
