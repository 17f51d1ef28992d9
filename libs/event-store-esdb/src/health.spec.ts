import { EventStoreError, LiveTail } from '@millwright/event-store';
import { expect, test } from 'vitest';
import { healthOf, type HealthSources } from './health.js';

const well: HealthSources = {
  connection: { name: 'esdb://host', fault: undefined },
  appender: { size: 0, waitedMs: 0, trouble: undefined },
  feed: undefined,
  closed: false,
};
const fault = (code: 'unavailable' | 'access-denied'): HealthSources['connection'] => ({
  name: 'esdb://host',
  fault: { error: new EventStoreError(code, `it is ${code}`), since: performance.now() - 12_300 },
});
const waiting = { size: 3, waitedMs: 4_200, trouble: undefined };

test.each<[sources: Partial<HealthSources>, state: string, detail: RegExp]>([
  [{}, 'up', /^connected to the log at esdb:\/\/host$/],
  [{ feed: { fault: undefined, tail: new LiveTail({ head: 7n }) } }, 'up', /followed up to position 7$/],
  [{ connection: fault('unavailable') }, 'degraded', /^connecting again for 12\.\d s: it is unavailable$/],
  [
    { connection: fault('unavailable'), appender: waiting },
    'degraded',
    /it is unavailable; 3 appends wait, the oldest for 4\.2 s$/,
  ],
  [{ connection: fault('access-denied') }, 'down', /^it is access-denied$/],
  [{ appender: { ...waiting, size: 1 } }, 'degraded', /is slow; 1 append waits, the oldest for 4\.2 s$/],
  [{ appender: { ...waiting, waitedMs: 20 } }, 'up', /connected/],
  [
    { appender: { size: 0, waitedMs: 0, trouble: new EventStoreError('disk-full', 'the disk is full') } },
    'degraded',
    /^the disk is full$/,
  ],
  [
    { feed: { fault: new EventStoreError('unavailable', 'no answer'), tail: undefined } },
    'degraded',
    /^subscriptions are behind: no answer$/,
  ],
  [{ closed: true }, 'down', /is closed$/],
])('%#: %s', (sources, state, detail) => {
  const { appendsInFlight, ...health } = healthOf({ ...well, ...sources });
  expect(health).toEqual({ state, detail: expect.stringMatching(detail) });
  expect(appendsInFlight).toBe(sources.appender?.size ?? 0);
});
