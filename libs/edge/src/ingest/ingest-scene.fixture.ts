import { GOOD } from '@millwright/events';
import type { RawSample, SampleSink } from '../connector.port.js';
import { eventually } from '../testing/eventually.js';
import { CONNECTION, FakeWriter, LINE, openIngest, OVEN, plantOf, PRESS } from './ingest.fixture.js';
import type { Ingest } from './ingest.js';

/** An oven and a press on one connection, the oven's vent on another. */
export const PLANT = plantOf({
  oven: {
    temperature: { edge: { scale: 0.1, offset: -10 } },
    pressure: { edge: { deadband: 1 } },
    state: { dataType: 'text', role: 'operating-state' },
    vent: { dataType: 'boolean', connection: `${LINE}/io` },
  },
  press: { force: {} },
});

export const sample = (signal: string, value: unknown, more: Partial<RawSample> = {}): RawSample => ({
  signal,
  value,
  status: GOOD,
  ...more,
});
export const temperature = (value: unknown, more?: Partial<RawSample>): RawSample =>
  sample(`${OVEN}:temperature`, value, more);
export const pressure = (value: unknown): RawSample => sample(`${OVEN}:pressure`, value);
export const force = (value: unknown): RawSample => sample(`${PRESS}:force`, value);

export interface Scene {
  readonly writer: FakeWriter;
  readonly ingest: Ingest;
  readonly sink: SampleSink;
}

export const openScene = async (): Promise<Scene> => {
  const writer = new FakeWriter();
  const ingest = await openIngest({ plant: PLANT, writer });
  return { writer, ingest, sink: ingest.sinkFor(CONNECTION) };
};

export const closeScene = async ({ writer, ingest }: Pick<Scene, 'writer' | 'ingest'>): Promise<void> => {
  writer.manual = false;
  writer.fault = () => undefined;
  while (writer.pending.length > 0) writer.answer();
  await ingest.close().catch(() => undefined);
};

/** Whether the promise has an answer by the end of this turn of the event loop. */
export const settled = async (promise: Promise<unknown>): Promise<'pending' | 'settled'> => {
  const answered = (): 'settled' => 'settled';
  const turn = new Promise<'pending'>((resolve) => setImmediate(() => resolve('pending')));
  return Promise.race([promise.then(answered, answered), turn]);
};

export const pendingWrites = (writer: FakeWriter, count: number): Promise<void> =>
  eventually(`${count} pending writes`, () => writer.pending.length === count);
