import { ASSET_TYPES, assetType, type MachineEvent } from '@millwright/asset-machines';
import { OPERATING_STATES, type AssetModel } from '@millwright/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { initialTransition, setup, transition as pureTransition, type AnyMachineSnapshot } from 'xstate';
import { model, signal, STATE } from './engine.fixture.js';
import {
  runtimeOf,
  snapshotOf,
  startMachine,
  transition,
  type Effect,
  type MachineRuntime,
} from './machine-runtime.js';

const ZONES = ['zone-1', 'zone-2'].map((name) => signal(name, { unit: 'Cel', normalRange: { low: 150 } }));
const CHILDREN = ['acme/line/s1', 'acme/line/s2'];
const modelOf = (type: string, more: Partial<AssetModel> = {}): AssetModel =>
  model({ type, signals: [STATE, ...ZONES], children: CHILDREN, ...more });

const edge = (type: string): fc.Arbitrary<MachineEvent | { type: string }> => {
  const state = fc.constantFrom(...OPERATING_STATES);
  const child = fc.constantFrom(...CHILDREN, 'acme/line/s9');
  const parts = { result: fc.constantFrom('good', 'scrap'), parts: fc.integer({ min: 1, max: 3 }), at: fc.nat(1e6) };
  return fc.oneof(
    { weight: 4, arbitrary: state.map((s) => ({ type: `device.${s}`, reason: 'device state' }) as MachineEvent) },
    { weight: 4, arbitrary: fc.record({ type: fc.constant('child.state'), child, state }) },
    fc.record({ type: fc.constant('child.parts'), child, ...parts }),
    fc.record({ type: fc.constant('parts'), ...parts }),
    fc.record({
      type: fc.constantFrom('range.below', 'range.within', 'range.above'),
      signal: fc.constantFrom('zone-1', 'zone-2', 'belt'),
    }),
    fc.constantFrom<MachineEvent | { type: string }>(
      { type: 'link.lost', reason: 'no answer' },
      { type: 'link.restored' },
      { type: 'device.unknown', code: '9' },
      { type: 'retire' },
      { type: 'model', model: modelOf(type) },
      {
        type: 'model',
        model: modelOf(type, { signals: [STATE, ZONES[0]!], children: CHILDREN.slice(1), staleAfterMs: 5 }),
      },
      { type: 'xstate.after.silence.online' },
    ),
  );
};

/** The state as it is stored: rebuilt from JSON, so that nothing but plain data can carry over. */
const stored = (runtime: MachineRuntime, { value, context }: AnyMachineSnapshot): AnyMachineSnapshot =>
  snapshotOf(runtime, JSON.parse(JSON.stringify({ value, context })));

interface Done {
  readonly type: string;
  readonly params: { id: string; sendId: string; delay: number; event: { type: string } };
}

/** XState's own actions as the engine's effects. */
const asEffects = (actions: readonly Done[]): Effect[] =>
  actions.map(({ type, params: { id, sendId, delay, event } }) => {
    if (type === 'xstate.cancel') return { kind: 'cancel', id: sendId };
    if (type === 'xstate.emit') return { kind: 'emit', emitted: event as never };
    return { kind: 'timer', id, eventType: event.type, delayMs: delay };
  });

describe.each(ASSET_TYPES)('the machine of type %s', { timeout: 60_000 }, (type) => {
  it("on the shared scope, from stored state, does what XState's own transition does", () => {
    const { machine } = assetType(type);
    const runtime = runtimeOf(type);
    fc.assert(
      fc.property(fc.array(edge(type), { maxLength: 25 }), (edges) => {
        let [pure] = initialTransition(machine, { model: modelOf(type) });
        let { snapshot } = startMachine(runtime, { model: modelOf(type) });
        for (const one of edges) {
          const [next, actions] = pureTransition(machine, pure, one);
          const ours = transition(runtime, stored(runtime, snapshot), one);
          expect(ours.snapshot.value).toEqual(next.value);
          expect(ours.snapshot.context).toEqual(next.context);
          expect(ours.effects).toEqual(asEffects(actions as never));
          pure = next;
          snapshot = ours.snapshot;
        }
      }),
    );
  });
});

describe('a machine that the engine cannot run', () => {
  const runtime = (machine: MachineRuntime['machine']): MachineRuntime => ({ ...runtimeOf('station'), machine });

  it('because it acts on the world is refused', () => {
    const acting = setup({ actions: { ring: () => {} } }).createMachine({ on: { alarm: { actions: 'ring' } } });
    const { snapshot } = startMachine(runtime(acting), { model: modelOf('station') });
    expect(() => transition(runtime(acting), snapshot, { type: 'alarm' })).toThrow(
      'the action "ring" is not known to the engine',
    );
  });
  it('because it fails at the start says why', () => {
    const broken = setup({}).createMachine({
      context: () => {
        throw new Error('no model');
      },
    });
    expect(() => startMachine(runtime(broken), { model: modelOf('station') })).toThrow('no model');
  });
});
