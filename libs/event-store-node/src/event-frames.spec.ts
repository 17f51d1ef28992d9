import type { LogRecord } from '@millwright/event-store';
import { expect, test } from 'vitest';
import { EventFrames } from './event-frames.js';
import { eventFrame } from './wire/answers.js';

const record: LogRecord = {
  id: '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
  stream: 's',
  type: 'T',
  data: '{}',
  metadata: '',
  revision: 1n,
  position: 2n,
  recordedAt: 3,
};

test('an event is encoded once for several followers, and not kept for one', () => {
  const frames = new EventFrames();
  const leave = frames.follow();
  expect(frames.of(record, false)).not.toBe(frames.of(record, false));
  frames.follow();
  const frame = frames.of(record, false);
  expect(frames.of(record, false)).toBe(frame);
  expect(frame).toEqual(eventFrame(record, false));
  expect(frames.of(record, true), 'ids as bits are another encoding').toEqual(eventFrame(record, true));
  leave();
  expect(frames.of(record, false)).not.toBe(frame);
});
