import type { ComponentHealth } from '@millwright/actor-host';
import { expect, test } from 'vitest';
import { HealthWatch } from './health-watch.js';

test('tells each change of a part once, with its sentence', () => {
  const lines: string[] = [];
  const tell = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  let parts: ComponentHealth[] = [];
  const watch = new HealthWatch(() => parts, { info: tell('info'), warn: tell('warn'), error: tell('error') });
  const look = (...now: ComponentHealth[]): void => {
    parts = now;
    watch.look();
  };
  const log = (state: ComponentHealth['state'], detail: string): ComponentHealth => ({ name: 'log', state, detail });
  look(log('up', 'fine'));
  look(log('degraded', 'disk full'), { name: 'plc', state: 'down', detail: 'refused' });
  look(log('degraded', 'disk full, still'), { name: 'plc', state: 'down', detail: 'refused' });
  look(log('up', 'fine again'), { name: 'plc', state: 'down', detail: 'refused' });
  expect(lines).toEqual(['warn log is degraded: disk full', 'warn plc is down: refused', 'info log is up: fine again']);
});
