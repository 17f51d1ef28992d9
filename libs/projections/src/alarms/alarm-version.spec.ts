import type { AlarmStateChanged } from '@millwright/events';
import { expect, test } from 'vitest';
import { nextVersion, type AlarmVersion } from './alarm-version.js';

type Step = Pick<AlarmStateChanged, 'from' | 'to'> & Partial<AlarmStateChanged>;
const whole = (step: Step): AlarmStateChanged => ({
  ...{ alarm: 'temperature/high', signal: 'temperature', level: 'high', priority: 'high', limit: 80 },
  ...step,
});
/** After the steps, at times 1, 2, 3 … */
const after = (...steps: Step[]): AlarmVersion | undefined =>
  steps.reduce<AlarmVersion | undefined>((version, step, i) => nextVersion(version, whole(step), i + 1), undefined);

const RAISED: Step = { from: 'normal', to: 'unacknowledged', value: 81 };
const ACKNOWLEDGED: Step = { from: 'unacknowledged', to: 'acknowledged', by: 'ann', note: 'looking' };

test('raised', () => {
  expect(after(RAISED)).toMatchObject({ state: 'unacknowledged', raisedAt: 1, value: 81, occurrences: 1 });
});

test('acknowledged, then back to normal', () => {
  expect(after(RAISED, ACKNOWLEDGED, { from: 'acknowledged', to: 'normal', value: 78 })).toMatchObject({
    ...{ state: 'normal', raisedAt: 1, value: 81, acknowledgedAt: 2, acknowledgedBy: 'ann', note: 'looking' },
    clearedAt: 3,
  });
});

test('back to normal, then acknowledged', () => {
  const returned: Step = { from: 'unacknowledged', to: 'returned-unacknowledged', value: 78 };
  expect(after(RAISED, returned)).toMatchObject({ state: 'returned-unacknowledged', clearedAt: 2 });
  const done = after(RAISED, returned, { from: 'returned-unacknowledged', to: 'normal', by: 'bob' });
  expect(done).toMatchObject({ state: 'normal', clearedAt: 2, acknowledgedAt: 3, acknowledgedBy: 'bob' });
});

test('raised again: a new occurrence, which nobody has acknowledged and which has not cleared, under the limit of its day', () => {
  const again = after(
    RAISED,
    ACKNOWLEDGED,
    { from: 'acknowledged', to: 'normal' },
    { ...RAISED, limit: 70, value: 71 },
  );
  expect(again).toEqual({
    ...{ alarm: 'temperature/high', signal: 'temperature', level: 'high', priority: 'high', limit: 70 },
    ...{ state: 'unacknowledged', raisedAt: 4, value: 71, occurrences: 2 },
  });
});

test('over because its limit was removed: nobody acknowledged it, and the note says why', () => {
  const removed = after(RAISED, { from: 'unacknowledged', to: 'normal', note: 'limit removed' });
  expect(removed).toMatchObject({ state: 'normal', clearedAt: 2, note: 'limit removed' });
  expect(removed).not.toHaveProperty('acknowledgedAt');
});

test('never raised: no alarm', () => {
  expect(after(ACKNOWLEDGED)).toBeUndefined();
});
