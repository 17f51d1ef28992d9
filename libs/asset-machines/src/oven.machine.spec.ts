import { describe, expect, it } from 'vitest';
import { ovenMachine } from './index.js';
import { assetModel, reported, start, zone } from './machine.fixture.js';

const belt = { ...zone('belt-speed'), unit: 'm/min' };
const part = zone('part-temperature');
const unlimited = { name: 'zone-9', dataType: 'number', unit: 'Cel', role: 'measurement' } as const;
const MODEL = assetModel({ type: 'oven', signals: [zone('zone-1'), zone('zone-2'), belt, part, unlimited] });
const oven = () => start(ovenMachine, MODEL);

const entered = (signal: string) => ({ type: 'range.within', signal }) as const;
const left = (signal: string) => ({ type: 'range.below', signal }) as const;
const above = (signal: string) => ({ type: 'range.above', signal }) as const;
const SILENT = { type: 'xstate.after.silence.online' };

describe('an oven whose device says running', () => {
  it('runs when all its zones are at temperature', () => {
    expect(oven().when(entered('zone-1'), entered('zone-2'), reported('running')).state).toBe('running');
  });
  it('is in setup while a zone is not, and names it', () => {
    const { state, context } = oven().when(entered('zone-1'), reported('running'));
    expect([state, context.reason]).toEqual(['setup', 'heating up: zone-2']);
  });
  it('counts a zone that was never measured as cold', () => {
    expect(oven().when(reported('running')).context.reason).toBe('heating up: zone-1, zone-2');
  });
  it('runs once the last zone is at temperature', () => {
    const heating = oven().when(reported('running'), entered('zone-2'));
    expect(heating.state).toBe('setup');
    const { state, context } = heating.when(entered('zone-1'));
    expect([state, context.reason]).toEqual(['running', 'at temperature']);
  });
  it('waits for a zone that was at temperature and cooled down again', () => {
    const heating = oven().when(reported('running'), entered('zone-2'), left('zone-2'), entered('zone-1'));
    expect(heating.state).toBe('setup');
    expect(heating.when(entered('zone-2')).state).toBe('running');
  });
  it('goes on running when a zone drifts off: that is what alarms are for', () => {
    const running = oven().when(entered('zone-1'), entered('zone-2'), reported('running'), left('zone-1'));
    expect(running.state).toBe('running');
    expect(running.when(reported('idle'), reported('running')).state).toBe('setup');
  });
  it.each(['starved', 'blocked'] as const)('goes on running after it was %s, whatever the zones did', (state) => {
    const waiting = oven().when(entered('zone-1'), entered('zone-2'), reported('running'), reported(state));
    expect(waiting.when(left('zone-1'), reported('running')).state).toBe('running');
  });
  it('is not held up by a zone that is too hot: that is what alarms are for, too', () => {
    expect(oven().when(above('zone-1'), entered('zone-2'), reported('running')).state).toBe('running');
    expect(oven().when(reported('running'), entered('zone-2'), above('zone-1')).state).toBe('running');
  });
  it('asks only temperature signals with a normal range that are called zone', () => {
    const { context } = oven().when(left('belt-speed'), left('part-temperature'), left('zone-9'));
    expect(context['zones']).toEqual(['zone-1', 'zone-2']);
    expect(oven().when(entered('part-temperature')).context['atTemperature']).toEqual([]);
  });
  it('remembers temperatures while it is offline', () => {
    const silent = oven().when(entered('zone-1'), entered('zone-2'), reported('running'), SILENT);
    expect(silent.when(reported('running')).state).toBe('running');
  });
});

describe('an oven that heats up', () => {
  const heating = () => oven().when(entered('zone-1'), reported('running'));

  it('is offline when it is silent or its connection is lost', () => {
    expect(heating().when(SILENT).state).toBe('offline');
    expect(heating().when({ type: 'link.lost', reason: 'x' }).state).toBe('offline');
  });
  it('takes any other state from its device', () => expect(heating().when(reported('down')).state).toBe('down'));
  it('runs when a new model has no cold zone any more', () => {
    const model = assetModel({ type: 'oven', signals: [zone('zone-1')] });
    const { state, context } = heating().when({ type: 'model', model });
    expect([state, context['zones'], context['atTemperature']]).toEqual(['running', ['zone-1'], ['zone-1']]);
  });
  it('goes on heating when a new model has one', () => {
    const model = assetModel({ type: 'oven', signals: [zone('zone-1'), zone('zone-2'), zone('zone-3')] });
    const { state, context } = heating().when({ type: 'model', model });
    expect([state, context['atTemperature']]).toEqual(['setup', ['zone-1']]);
  });
});

it('setup that the device itself reports does not end with the temperature', () => {
  const prepared = oven().when(entered('zone-1'), reported('setup'), entered('zone-2'));
  expect([prepared.state, prepared.context['atTemperature']]).toEqual(['setup', ['zone-1', 'zone-2']]);
});
