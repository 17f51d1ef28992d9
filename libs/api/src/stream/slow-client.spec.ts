import { afterEach, describe, expect, it } from 'vitest';
import type { ApiLimits } from '../api-options.js';
import { SocketServer } from '../socket/socket-server.js';
import { RawClient } from '../testing/raw-client.fixture.js';
import { station, TestPlant } from '../testing/test-plant.fixture.js';

const DOCUMENT = `subscription ($after: Position) { samples(after: $after) { ... on SampleBatch { values position } ... on CaughtUp { position } } }`;
/** More than the kernel buffers of both ends take. */
const EVENTS = 400;
const TEXT = 'x'.repeat(70_000);

let plant: TestPlant;
afterEach(() => plant.stop());

const start = async (limits: Partial<ApiLimits>): Promise<RawClient> => {
  plant = await TestPlant.start({ limits: { socketBufferBytes: 200_000, ...limits } });
  const client = await RawClient.connect(plant);
  client.subscribe('1', DOCUMENT);
  await client.until(() => client.messages.length === 2);
  return client;
};
const write = async (): Promise<void> => {
  for (let i = 0; i < EVENTS; i++) {
    await plant.samples(station(1), { speed: i, torque: TEXT });
    await new Promise((resolve) => setImmediate(resolve));
  }
};
const numbers = (client: RawClient): number[] =>
  client.items('1').flatMap(({ samples }) => (samples.values ? [samples.values[0] as number] : []));
const cuts = (): string => plant.app.get(SocketServer).health().detail;
const all = Array.from({ length: EVENTS }, (_, i) => i);

describe('a client that does not read', () => {
  it('is cut with the position to resume after; others are not disturbed, and nothing is lost', async () => {
    const client = await start({ stallMs: 100 });
    const other = await RawClient.connect(plant);
    other.subscribe('1', DOCUMENT);
    await other.until(() => other.messages.length === 2);
    client.socket.pause();
    await write();
    await other.until(() => other.messages.length === EVENTS + 2);
    expect(numbers(other)).toEqual(all);
    expect(other.closed).toBeUndefined();
    // The server has given up on it: what it has written is all that the client will ever get.
    await expect.poll(cuts, { timeout: 30_000 }).toContain('1 cut because they did not read');
    client.socket.resume();
    const { code, reason } = await client.closing();
    expect(code).toBe(4413);
    const seen = numbers(client);
    expect(seen.length).toBeLessThan(EVENTS);
    expect(seen).toEqual(all.slice(0, seen.length));
    const position = client.items('1').at(-1).samples.position as string;
    expect(reason).toBe(`the client does not read; resume after ${position}`);
    const again = await RawClient.connect(plant);
    again.subscribe('1', DOCUMENT, { after: position });
    await again.until(() => numbers(again).length === EVENTS - seen.length);
    expect([...seen, ...numbers(again)]).toEqual(all);
    again.cut();
    other.cut();
  });

  it('for a while only goes on from the log when it reads again: nothing lost, nothing twice, not cut', async () => {
    const client = await start({ stallMs: 60_000 });
    client.socket.pause();
    await write();
    client.socket.resume();
    await client.until(() => client.messages.length === EVENTS + 2);
    expect(numbers(client)).toEqual(all);
    await plant.samples(station(1), { speed: EVENTS });
    await client.until(() => client.messages.length === EVENTS + 3);
    expect(numbers(client)).toEqual([...all, EVENTS]);
    client.cut();
  });

  it('its answers is cut too: asking again and again without reading does not pile up', async () => {
    const client = await start({ stallMs: 100 });
    for (let i = 0; i < 60; i++) await plant.samples(station(2), { torque: TEXT });
    await plant.settled();
    const query = `{ events(types: ["SamplesRecorded"]) { events { data } } }`;
    client.socket.pause();
    for (let i = 0; i < 40; i++) {
      client.subscribe(`q${i}`, query);
      await new Promise((resolve) => setImmediate(resolve));
    }
    // It goes on asking until it is cut: a question finds more unread than is allowed.
    await expect
      .poll(
        () => {
          client.send({ type: 'ping' });
          return cuts();
        },
        { timeout: 30_000 },
      )
      .toContain('1 cut because they did not read');
    client.socket.resume();
    expect((await client.closing()).code).toBe(4413);
  });
});
