import { setRetention } from '@millwright/event-store';
import { factsStream } from '@millwright/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { data } from '../testing/ask.fixture.js';
import { LINE, START, station, TestPlant } from '../testing/test-plant.fixture.js';
import { isUnder } from './event-filter.js';

let plant: TestPlant;
beforeAll(async () => {
  plant = await TestPlant.start();
  for (let i = 0; i < 25; i++) {
    await plant.samples(station(1 + (i % 2)), { speed: i });
    if (i % 5 === 0) await plant.state(station(1), 'running');
  }
  await plant.state(`${LINE}/s10`, 'down');
  await plant.settled();
});
afterAll(() => plant.stop());

const PAGE = `query ($under: ID, $types: [String!], $after: Position, $first: Int!, $asOf: AsOf) {
  events(under: $under, types: $types, after: $after, first: $first, asOf: $asOf) {
    next hasMore events { id position revision stream type asset time recordedAt causationId data } } }`;

describe('events', () => {
  it('are read page by page, each once, in log order', async () => {
    const seen: string[] = [];
    let after: string | undefined;
    for (let more = true; more;) {
      const { events } = await data(plant, PAGE, { after, first: 7 });
      seen.push(...events.events.map(({ position }: { position: string }) => position));
      more = events.hasMore;
      after = events.next;
    }
    // The models of six assets, 25 batches, 5 states, and the one of s10.
    expect(seen).toHaveLength(6 + 25 + 5 + 1);
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => Number(a) - Number(b)));
    const beyond = await data(plant, PAGE, { after, first: 7 });
    expect(beyond.events).toEqual({ next: null, hasMore: false, events: [] });
  });

  it('are filtered by path and type; s10 is not below s1', async () => {
    const { events } = await data(plant, PAGE, { under: station(1), types: ['OperatingStateChanged'], first: 100 });
    expect(events.events).toHaveLength(5);
    expect(events.events[0]).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      position: expect.any(String),
      revision: '0',
      stream: `derived-${station(1)}`,
      type: 'OperatingStateChanged',
      asset: station(1),
      time: new Date(START).toISOString(),
      recordedAt: new Date(START).toISOString(),
      causationId: null,
      data: { from: 'offline', to: 'running', reason: 'device state' },
    });
  });

  it('end at the moment asked for', async () => {
    const all = (await data(plant, PAGE, { first: 100 })).events.events as { position: string }[];
    const position = all[9]!.position;
    const { events } = await data(plant, PAGE, { first: 100, asOf: { position } });
    expect(events.events.map((e: { position: string }) => e.position)).toEqual(all.slice(0, 10).map((e) => e.position));
    expect(events.hasMore).toBe(false);
  });
});

describe('events that a scavenge has removed', () => {
  const REMOVED = 'query ($under: ID, $after: Position) { events(under: $under, after: $after) { removedUpTo } }';
  const removed = async (variables: object): Promise<string | null> =>
    ((await data(plant, REMOVED, variables)) as { events: { removedUpTo: string | null } }).events.removedUpTo;

  it('are said to be missing, by those pages that may miss some', async () => {
    expect(await removed({})).toBeNull();
    const stream = factsStream(station(1));
    await setRetention(plant.store, stream, { truncateBefore: 5n });
    await plant.store.scavenge();
    const { events } = await data(plant, PAGE, { under: station(1), first: 100 });
    const first = (events.events as { stream: string; position: string }[]).find((event) => event.stream === stream)!;
    expect(await removed({})).toBe(first.position);
    expect(await removed({ under: station(1), after: String(BigInt(first.position) - 1n) })).toBe(first.position);
    expect(await removed({ under: station(1), after: first.position })).toBeNull();
    expect(await removed({ under: station(2) })).toBeNull();
  });
});

describe('a path', () => {
  it.each([
    ['asset-a/b', true],
    ['derived-a/b', true],
    ['asset-a/b/c', true],
    ['asset-a/bc', false],
    ['asset-a', false],
    ['snapshot-a/b', false],
  ])('has %s at or below a/b: %s', (stream, expected) => expect(isUnder('a/b')(stream)).toBe(expected));
});
