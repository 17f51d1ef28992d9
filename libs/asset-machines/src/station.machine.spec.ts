import { OPERATING_STATES } from '@millwright/events';
import { describe, expect, it } from 'vitest';
import { ovenMachine, stationMachine } from './index.js';
import { assetModel, parts, reported, start } from './machine.fixture.js';

const lost = { type: 'link.lost', reason: 'the broker hung up' } as const;
const restored = { type: 'link.restored' } as const;
const SILENT = { type: 'xstate.after.silence.online' };

describe.each([
  ['a station', stationMachine],
  ['an oven without zones', ovenMachine],
])('%s', (_, machine) => {
  const online = () => start(machine).when(reported('running'));

  it('is offline until its device reports', () => expect(start(machine).state).toBe('offline'));

  it.each(OPERATING_STATES)('is %s when the device says so', (state) => {
    const { state: is, context } = start(machine).when(reported(state));
    expect([is, context.reason]).toEqual([state, 'device state']);
  });
  it.each(OPERATING_STATES)('goes from running to %s when the device says so', (state) => {
    expect(online().when(reported(state)).state).toBe(state);
  });

  describe('when it is silent', () => {
    it('waits staleAfterMs from being heard', () => expect(online().delays).toEqual([30_000]));
    it('does not wait anew when its state changes', () => {
      expect(online().when(reported('down')).delays).toEqual([]);
    });
    it('is offline, and says for how long it was silent', () => {
      const { state, context } = online().when(SILENT);
      expect([state, context.reason]).toEqual(['offline', 'silent for 30 s']);
    });
    it('is back with the next report', () => expect(online().when(SILENT, reported('idle')).state).toBe('idle'));
    it('waits for ever where the model gives no time', () => {
      const model = { ...assetModel() };
      delete model.staleAfterMs;
      const [delay] = start(machine, model).when(reported('idle')).delays as number[];
      expect(delay).toBe(Number.MAX_SAFE_INTEGER);
    });
    it.each([
      [500, '500 ms'],
      [1_500, '1.5 s'],
    ])('names %i ms as %s', (staleAfterMs, text) => {
      const { context } = start(machine, assetModel({ staleAfterMs })).when(reported('idle'), SILENT);
      expect(context.reason).toBe(`silent for ${text}`);
    });
  });

  describe('when its connection is lost', () => {
    it('is offline, with the reason', () => {
      const { state, context } = online().when(lost);
      expect([state, context.reason]).toEqual(['offline', 'connection lost: the broker hung up']);
    });
    it('takes no reports that arrive late', () => {
      const { state, context } = online().when(lost, reported('running'), { type: 'device.unknown', code: '9' });
      expect([state, context.reason]).toEqual(['offline', 'connection lost: the broker hung up']);
    });
    it('stays offline after the connection is back until it is heard', () => {
      const back = online().when(lost, restored);
      expect([back.state, back.context.reason]).toEqual(['offline', 'connection restored, nothing heard yet']);
      expect(back.when(reported('running')).state).toBe('running');
    });
    it('a connection that was not lost restores nothing', () => {
      expect(online().when(restored).context.reason).toBe('device state');
    });
  });

  it('keeps its state at a code that the model does not know, and says so', () => {
    const { state, context } = online().when({ type: 'device.unknown', code: '99' });
    expect(state).toBe('running');
    expect(context.reason).toBe('the model maps no state to the device\'s code "99"; the last state is kept');
  });

  describe('counts parts', () => {
    it('in every state, and concludes each completion with the totals after it', () => {
      expect(start(machine).when(parts('good', 1, 1_000)).emitted).toEqual([
        { type: 'CycleCompleted', data: { result: 'good', parts: 1, goodTotal: 1, scrapTotal: 0 } },
      ]);
      const { emitted, context } = online().when(parts('good', 1, 1_000), parts('scrap', 2, 9_000));
      expect(emitted).toEqual([
        {
          type: 'CycleCompleted',
          data: { result: 'scrap', parts: 2, cycleTimeMs: 4_000, goodTotal: 1, scrapTotal: 2 },
        },
      ]);
      expect(context).toMatchObject({ good: 1, scrap: 2, completedAt: 9_000 });
    });
    it('without changing its state', () => expect(online().when(parts('good', 1, 1)).state).toBe('running'));
  });

  describe('when it is retired', () => {
    it('is offline and says so', () => {
      const { state, context } = online().when({ type: 'retire' });
      expect([state, context.retired, context.reason]).toEqual(['offline', true, 'no longer in the plant file']);
    });
    it('takes nothing but a model', () => {
      const retired = online().when({ type: 'retire' });
      const edges = [reported('running'), lost, restored, parts('good', 1, 1), { type: 'device.unknown', code: '9' }];
      expect(retired.when(...edges).context).toEqual(retired.context);
    });
    it('waits for its device again once it has a model', () => {
      const back = online().when({ type: 'retire' }, { type: 'model', model: assetModel({ staleAfterMs: 5 }) });
      expect(back.context).toMatchObject({ retired: false, reason: 'model applied', staleAfterMs: 5 });
      expect(back.when(reported('idle')).state).toBe('idle');
    });
  });

  it('takes a new time of silence from a new model, and keeps its state', () => {
    const { state, context } = online().when({ type: 'model', model: assetModel({ staleAfterMs: 7 }) });
    expect([state, context['staleAfterMs'], context.reason]).toEqual(['running', 7, 'device state']);
  });
});
