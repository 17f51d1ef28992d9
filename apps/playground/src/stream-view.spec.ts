import { expect, test } from 'vitest';
import { StreamView } from './stream-view.js';

const playground = (view: StreamView) =>
  view.current().extensions?.['playground'] as { received: number; earlier: unknown[] };

test('shows the newest result as it came, and those before, newest first', () => {
  const view = new StreamView();
  for (const n of [1, 2, 3]) view.add({ data: { n }, extensions: { cost: n } });
  expect(view.current()).toEqual({
    data: { n: 3 },
    extensions: { cost: 3, playground: { received: 3, earlier: [{ n: 2 }, { n: 1 }] } },
  });
});

test('counts all and keeps the last fifty', () => {
  const view = new StreamView();
  for (let n = 0; n < 1_000; n++) view.add({ data: { n } });
  expect(playground(view).received).toBe(1_000);
  expect(playground(view).earlier).toHaveLength(50);
  expect(playground(view).earlier[0]).toEqual({ n: 998 });
});
