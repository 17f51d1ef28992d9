import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SampleSink } from '../connector.port.js';
import { closeScene, force, openScene, pendingWrites } from './ingest-scene.fixture.js';
import { CONNECTION, LINE, OVEN, PRESS, type FakeWriter } from './ingest.fixture.js';
import type { Ingest } from './ingest.js';

let writer: FakeWriter;
let ingest: Ingest;
let sink: SampleSink;

beforeEach(async () => {
  ({ writer, ingest, sink } = await openScene());
});
afterEach(() => closeScene({ writer, ingest }));

describe('links', () => {
  const facts = (asset: string): string[] =>
    writer.written.filter((w) => w.asset === asset).map(({ fact }) => fact.type);

  test('are facts of each asset bound to the connection, on changes only', async () => {
    sink.link('up', 'connected');
    sink.link('up', 'connected');
    sink.link('down', 'cable pulled');
    sink.link('down', 'still no answer');
    await ingest.close();
    expect(facts(OVEN)).toEqual(['ConnectionRestored', 'ConnectionLost']);
    expect(facts(PRESS)).toEqual(['ConnectionRestored', 'ConnectionLost']);
    expect(facts(LINE)).toEqual([]);
    expect(writer.written.at(-1)!.fact.data).toEqual({ connection: CONNECTION, reason: 'cable pulled' });
  });

  test('stand between the samples that came before and after', async () => {
    sink.push([force(1)]);
    sink.link('down', 'cable pulled');
    sink.push([force(2)]);
    await ingest.close();
    expect(facts(PRESS)).toEqual(['SamplesRecorded', 'ConnectionLost', 'SamplesRecorded']);
  });

  test('that flap while the log is away do not pile up', async () => {
    writer.manual = true;
    sink.push([force(1)]);
    await pendingWrites(writer, 1);
    for (let i = 0; i < 1_000; i++) sink.link(i % 2 === 0 ? 'down' : 'up', 'flapping');
    writer.manual = false;
    writer.answer();
    await ingest.close();
    expect(facts(PRESS)).toEqual(['SamplesRecorded', 'ConnectionLost', 'ConnectionRestored']);
  });
});
