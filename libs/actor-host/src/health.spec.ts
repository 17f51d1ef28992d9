import { describe, expect, test } from 'vitest';
import { worstOf, type ComponentHealth } from './health.js';

const part = (state: ComponentHealth['state'], foreign = false): ComponentHealth => ({
  name: 'x',
  state,
  detail: '',
  foreign,
});

describe('health of the whole', () => {
  test.each([
    [[], 'up'],
    [[part('up'), part('degraded')], 'degraded'],
    [[part('degraded'), part('down'), part('up')], 'down'],
    [[part('up'), part('down', true)], 'degraded'],
    [[part('down'), part('up', true)], 'down'],
  ] as const)('of %j is %s', (parts, state) => {
    expect(worstOf(parts)).toBe(state);
  });
});
