import { expect, test } from 'vitest';
import { makeRecords } from '../common/records.js';
import { fromRawColumns, rawRows, toRawColumns } from './raw-rows.js';

test('revisions count by stream', () => {
  const rows = rawRows();
  expect(rows(1, makeRecords(2)).map(({ revision }) => revision)).toEqual([0, 1]);
  expect(rows(2, makeRecords(1)).map(({ revision }) => revision)).toEqual([0]);
  expect(rows(1, makeRecords(1)).map(({ revision }) => revision)).toEqual([2]);
});

test('rows come out of columns as they went in', () => {
  const rows = rawRows()(3, makeRecords(20));
  const mixed = rows.map((row, n) => ({ ...row, type: n % 2 === 0 ? 'Even' : 'Odd', data: `${row.data}é`.repeat(n) }));
  expect(fromRawColumns(toRawColumns(rows))).toEqual(rows);
  expect(fromRawColumns(toRawColumns(mixed))).toEqual(mixed);
});
