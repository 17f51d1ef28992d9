import { BAD, UNCERTAIN } from '@millwright/events';
import { describe, expect, it } from 'vitest';
import {
  applied,
  given,
  lost,
  model,
  restored,
  running,
  signal,
  states,
  T0,
  TEMPERATURE,
  TIME_ADVANCED,
  batch,
} from './engine.fixture.js';
import { nextDeadline, operatingState, step } from './index.js';

describe('an actor', () => {
  it('does not exist before its model', () => {
    const event = { ...batch(0, [['state', 1]]), id: 'x', asset: 'a', time: T0 };
    expect(step(undefined, event as never)).toEqual({ record: undefined, emitted: [] });
  });
  it('begins offline, and says so', () => {
    const { emitted, record } = given();
    expect(emitted).toEqual([
      { type: 'OperatingStateChanged', data: { from: 'offline', to: 'offline', reason: 'model applied' }, time: T0 },
    ]);
    expect([operatingState(record), record.clock, record.events]).toEqual(['offline', T0, 1]);
  });
  it('of an unknown type cannot be', () => {
    expect(() => given(model({ type: 'robot' }))).toThrow('there is no asset type "robot"');
  });
});

describe('the operating state', () => {
  it("is what the model maps the device's code to", () => {
    expect(states(given().samples(1, ['state', 4]).emitted)).toEqual(['offline>down: device state']);
  });
  it("is concluded at the event's time, whatever the device's clock says", () => {
    const { emitted, record } = given().samples(5, ['state', 1, { ago: 7_200_000 }]);
    expect(emitted[0]!.time).toBe(T0 + 5);
    expect(record.signals['state']!.sourceTime).toBe(T0 + 5 - 7_200_000);
  });
  it('is concluded once, however often the device repeats it', () => {
    expect(running().samples(1, ['state', 1], ['state', 1]).emitted).toEqual([]);
  });
  it('follows each change within one batch', () => {
    expect(states(running().samples(1, ['state', 4], ['state', 0], ['state', 1]).emitted)).toEqual([
      'running>down: device state',
      'down>idle: device state',
      'idle>running: device state',
    ]);
  });
  it('does not move at a sample of bad quality', () => {
    expect(running().samples(1, ['state', 4, { status: BAD }]).emitted).toEqual([]);
  });
  it('moves at an uncertain one', () => {
    expect(operatingState(running().samples(1, ['state', 4, { status: UNCERTAIN }]).record)).toBe('down');
  });
  it('may come as text, and needs no map where the device uses our words', () => {
    const own = model({ signals: [signal('state', { dataType: 'text', role: 'operating-state' })] });
    expect(operatingState(given(own).samples(1, ['state', 'blocked']).record)).toBe('blocked');
  });
  it('can be offline because the device says so, and then nothing else brings it back', () => {
    const off = running().samples(1, ['state', 5]);
    expect(states(off.emitted)).toEqual(['running>offline: device state']);
    expect(off.samples(2, ['temperature', 20]).emitted).toEqual([]);
  });
});

describe('a code that the model does not know', () => {
  const REASON = 'the model maps no state to the device\'s code "9"; the last state is kept';
  it('keeps the state, and says so once', () => {
    const unknown = running().samples(1, ['state', 9]);
    expect(states(unknown.emitted)).toEqual([`running>running: ${REASON}`]);
    expect(unknown.samples(2, ['state', 9]).emitted).toEqual([]);
  });
  it('is over with the next known one', () => {
    const known = running().samples(1, ['state', 9]).samples(2, ['state', 1]);
    expect(states(known.emitted)).toEqual(['running>running: device state']);
  });
  it('leaves an asset offline that was never in another state', () => {
    expect(states(given().samples(1, ['state', 9]).emitted)).toEqual([`offline>offline: ${REASON}`]);
  });
  it('may be called like a property of every object', () => {
    expect(operatingState(running().samples(1, ['state', 'constructor']).record)).toBe('running');
  });
});

describe('silence', () => {
  it('ends in offline, at the instant when it has lasted staleAfterMs', () => {
    const { emitted } = running().at(30_001, TIME_ADVANCED);
    expect(states(emitted)).toEqual(['running>offline: silent for 30 s']);
    expect(emitted[0]!.time).toBe(T0 + 30_000);
  });
  it.each([
    ['a sample of any signal', batch(20_000, [['temperature', 20]])],
    ['an uncertain one', batch(20_000, [['temperature', 20, { status: UNCERTAIN }]])],
    [
      'one that the edge filtered',
      batch(20_000, [], { filtered: [{ signal: 'state', reason: 'deadband', count: 1 }] }),
    ],
  ])('is broken by %s', (_, fact) => {
    expect(nextDeadline(running().at(20_000, fact).record)).toBe(T0 + 50_000);
  });
  it.each([
    ['samples of bad quality', batch(20_000, [['temperature', 20, { status: BAD }]])],
    ['refused samples', batch(20_000, [], { rejected: [{ signal: 'state', reason: 'wrong-type', count: 1 }] })],
    ['signals that the model does not have', batch(20_000, [['humidity', 20]])],
    ['time', TIME_ADVANCED],
  ])('is not broken by %s', (_, fact) => {
    expect(nextDeadline(running().at(20_000, fact).record)).toBe(T0 + 30_000);
  });
  it('is over with any sample: the asset goes on in the state it last reported', () => {
    const silent = running().at(40_000, TIME_ADVANCED);
    expect(states(silent.samples(50_000, ['temperature', 20]).emitted)).toEqual(['offline>running: heard again']);
    expect(states(silent.samples(50_000, ['state', 1]).emitted)).toEqual(['offline>running: device state']);
  });
  it('is over with a late report, too, which is not the state to go on in', () => {
    const silent = running().at(40_000, TIME_ADVANCED);
    const heard = silent.samples(50_000, ['state', 4, { ago: 50_001 }], ['temperature', 20]);
    expect(states(heard.emitted)).toEqual(['offline>running: heard again']);
  });
  it('means nothing to an asset without staleAfterMs', () => {
    const patient = model();
    delete (patient as { staleAfterMs?: number }).staleAfterMs;
    const { record } = running(patient);
    expect(nextDeadline(record)).toBeUndefined();
    expect(running(patient).at(1e12, TIME_ADVANCED).emitted).toEqual([]);
  });
});

describe('the connection', () => {
  it('takes the asset offline with it, and the silence timer', () => {
    const gone = running().at(1, lost());
    expect(states(gone.emitted)).toEqual(['running>offline: connection lost: no answer']);
    expect(nextDeadline(gone.record)).toBeUndefined();
  });
  it('when back, leaves it offline until it is heard', () => {
    const back = running().at(1, lost()).at(2, restored());
    expect(states(back.emitted)).toEqual(['offline>offline: connection restored, nothing heard yet']);
    expect(states(back.samples(3, ['state', 4]).emitted)).toEqual(['offline>down: device state']);
    expect(states(back.samples(3, ['temperature', 20]).emitted)).toEqual(['offline>running: heard again']);
  });
  it('while lost, lets samples that were under way change the memory and not the state', () => {
    const late = running().at(1, lost()).samples(2, ['state', 4], ['temperature', 20]);
    expect(late.emitted).toEqual([]);
    expect(states(late.at(3, restored()).samples(4, ['temperature', 20]).emitted)).toEqual([
      'offline>down: heard again',
    ]);
  });
  it('of another signal than the state does not matter', () => {
    expect(running().at(1, lost('line/other')).emitted).toEqual([]);
    expect(running().at(1, lost()).at(2, restored('line/other')).emitted).toEqual([]);
  });
  it('matters whichever it is, where the model does not say which one the state has', () => {
    const anywhere = running(
      model({ signals: [signal('state', { role: 'operating-state', states: { 1: 'running' } })] }),
    );
    expect(operatingState(anywhere.at(1, lost('line/other')).record)).toBe('offline');
  });
});

describe('an asset without a signal for its state', () => {
  const mute = model({ signals: [TEMPERATURE] });
  it('is idle when it is heard', () => {
    expect(states(given(mute).samples(1, ['temperature', 20]).emitted)).toEqual([
      'offline>idle: heard; no signal tells its operating state',
    ]);
  });
  it('becomes one when a new model drops that signal', () => {
    expect(states(running().at(1, applied(mute)).emitted)).toEqual([
      'running>idle: heard; no signal tells its operating state',
    ]);
  });
});
