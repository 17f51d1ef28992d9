import type { LineEvent, LineSpec, StationSpec } from './line-spec.js';
import { LineModel } from './line-model.js';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

export const station = (name: string, meanMs: number, more: Partial<StationSpec> = {}): StationSpec => ({
  name,
  cycleTime: { mean: meanMs },
  buffer: 2,
  parallel: 1,
  scrapRate: 0,
  inspects: false,
  cures: false,
  signals: [],
  ...more,
});

export const run = (spec: LineSpec, untilMs: number): { model: LineModel; events: LineEvent[] } => {
  const model = new LineModel(spec);
  const events: LineEvent[] = [];
  model.advanceTo(untilMs, (event) => events.push(event));
  return { model, events };
};

export const statesOf = (events: readonly LineEvent[], index: number): string[] =>
  events.flatMap((e) => (e.kind === 'state' && e.station === index ? [e.state] : []));
