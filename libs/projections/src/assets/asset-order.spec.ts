import type { AssetModel } from '@millwright/events';
import { expect, test } from 'vitest';
import { inPlantOrder } from './asset-order.js';

const view = (asset: string, parent?: string, children: string[] = []): { model: AssetModel } => ({
  model: {
    asset,
    name: asset,
    kind: 'line',
    type: 'line',
    children,
    signals: [],
    ...(parent !== undefined && { parent }),
  },
});
const ordered = (...views: { model: AssetModel }[]): string[] => inPlantOrder(views).map(({ model }) => model.asset);

test('parents come before children, siblings as their parent lists them, roots as first named', () => {
  expect(
    ordered(
      view('b2', 'b'),
      view('a1', 'a'),
      view('b', undefined, ['b1', 'b2']),
      view('b1', 'b'),
      view('a', undefined, ['a1']),
    ),
  ).toEqual(['b', 'b1', 'b2', 'a', 'a1']);
});

test('a child that its parent does not list comes last, one whose parent is gone is a root', () => {
  expect(ordered(view('new', 'a'), view('a', undefined, ['a1']), view('a1', 'a'), view('orphan', 'gone'))).toEqual([
    ...['a', 'a1', 'new'],
    'orphan',
  ]);
});

test('assets in a circle are still there', () => {
  expect(ordered(view('a', 'b', ['b']), view('b', 'a', ['a']), view('root'))).toEqual(['root', 'a', 'b']);
});
