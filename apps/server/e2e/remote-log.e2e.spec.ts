import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BONDING_LINE,
  bondingPlant,
  bondingPorts,
  connectMqtt,
  eventually,
  expectStoredOnce,
  partsOf,
  probeLine,
  ProbePublisher,
  query,
  startDevices,
  startLog,
  startMosquitto,
  startServer,
  Subscription,
  tempDir,
} from '@millwright/e2e';
import { expect, test } from 'vitest';
import { expectActorsEqualFoldFromZero } from './fold-from-zero.js';

/** Rounds, each of a killed server and a killed log. */
const ROUNDS = 2;

interface Health {
  readonly health: { readonly components: readonly { readonly name: string; readonly state: string }[] };
}
const health = (origin: string): Promise<Health> => query(origin, '{ health { components { name state } } }');
const isUp =
  (name: string) =>
  (answer: Health): boolean =>
    answer.health.components.some((part) => part.name.endsWith(name) && part.state === 'UP');

const MOMENT = `query($asOf: AsOf!) {
  moment(asOf: $asOf) { position time }
  assets(under: "${BONDING_LINE}", first: 6, asOf: $asOf) {
    id state { value since position } counts { good scrap total } alarms { id state raisedAt }
    signals { id latest { value quality sourceTime serverTime position } } }
  ledger(asOf: $asOf) { signal received stored } }`;

interface StreamItem {
  readonly events: {
    readonly __typename: 'EventBatch' | 'CaughtUp' | 'Gap';
    readonly events?: readonly { readonly id: string; readonly position: string }[];
  };
}
const EVENTS = `subscription($after: Position) { events(after: $after) {
  __typename ... on EventBatch { events { id position } } } }`;
const eventsOf = (items: readonly StreamItem[]) => items.flatMap(({ events }) => events.events ?? []);

test('with the log in another process: parts flow, and killing either process loses and repeats nothing', async () => {
  const env = await bondingPorts();
  const broker = await startMosquitto();
  const plant = tempDir();
  cpSync(join(bondingPlant, 'plant.yaml'), join(plant, 'bonding-line.yaml'));
  writeFileSync(join(plant, 'probe-line.yaml'), probeLine(broker.url));
  const data = tempDir();
  await startDevices({ speed: 60, env });
  let log = await startLog();
  const start = () => startServer({ plant, data, env, args: ['--log', log.url] });
  let server = await start();

  const before = await eventually(
    () => partsOf(server.origin),
    (parts) => parts.every((made) => made >= 2),
  );
  await eventually(() => health(server.origin), isUp('probe-line/broker'));
  const { moment } = await query<{ moment: { position: string } }>(server.origin, '{ moment { position } }');
  const asOf = { position: moment.position };
  const then = await query(server.origin, MOMENT, { asOf });
  let subscription = new Subscription<StreamItem>(server.origin, EVENTS, { after: moment.position });
  const seen: { readonly id: string; readonly position: string }[] = [];

  const publisher = new ProbePublisher(await connectMqtt(broker.url));
  for (let round = 0; round < ROUNDS; round++) {
    await publisher.reached(publisher.published + 50 + Math.floor(Math.random() * 700));
    await server.process.stop('SIGKILL');
    seen.push(...eventsOf(subscription.items));
    server = await start();
    subscription = new Subscription(server.origin, EVENTS, { after: seen.at(-1)?.position ?? moment.position });
    await expectActorsEqualFoldFromZero(server.origin, log.url);

    await publisher.reached(publisher.published + 50 + Math.floor(Math.random() * 700));
    await log.process.stop('SIGKILL');
    await eventually(
      () => health(server.origin),
      (answer) => !isUp('log')(answer),
    );
    await publisher.reached(publisher.published + 200);
    log = await startLog(log);
    await eventually(() => health(server.origin), isUp('log'));
    await eventually(() => health(server.origin), isUp('actors'));
    await expectActorsEqualFoldFromZero(server.origin, log.url);
  }
  await publisher.reached(publisher.published + 200);
  await publisher.stop();

  await expectStoredOnce(server.origin, publisher.published);
  await expectActorsEqualFoldFromZero(server.origin, log.url);
  expect(await query(server.origin, MOMENT, { asOf })).toEqual(then);

  const { moment: now } = await query<{ moment: { position: string } }>(server.origin, '{ moment { position } }');
  await subscription.until((items) => eventsOf(items).some(({ position }) => BigInt(position) >= BigInt(now.position)));
  seen.push(...eventsOf(subscription.items));
  const whole = new Subscription<StreamItem>(server.origin, EVENTS, { after: moment.position });
  await whole.until((items) => eventsOf(items).length >= seen.length);
  expect(seen).toEqual(eventsOf(whole.items).slice(0, seen.length));
  expect([...subscription.items, ...whole.items].some(({ events }) => events.__typename === 'Gap')).toBe(false);

  await eventually(
    () => partsOf(server.origin),
    (parts) => parts.every((made, i) => made > before[i]!),
  );
  await Promise.all([subscription.end(), whole.end()]);
  expect(await server.process.stop('SIGTERM')).toBe(0);
  expect(await log.process.stop('SIGTERM')).toBe(0);
});
