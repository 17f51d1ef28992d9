import { OPERATING_STATES, type OperatingState } from '@millwright/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupMachine, lineMachine } from './index.js';
import { assetModel, start } from './machine.fixture.js';

const CHILDREN = ['acme/line/s1', 'acme/line/s2', 'acme/line/s3'];
const MODEL = assetModel({ asset: 'acme/line', kind: 'line', type: 'line', children: CHILDREN });

const is = (child: string, state: OperatingState) =>
  ({ type: 'child.state', child: `acme/line/${child}`, state }) as const;
const made = (child: string, at: number, result: 'good' | 'scrap' = 'good', parts = 1) =>
  ({ type: 'child.parts', child: `acme/line/${child}`, result, parts, at }) as const;

describe.each([
  ['a line', lineMachine],
  ['a group', groupMachine],
])('%s', { timeout: 60_000 }, (_, machine) => {
  const parent = () => start(machine, MODEL);

  it('is offline until something of it is heard', () => {
    expect([parent().state, parent().context.reason]).toEqual(['offline', 'nothing of it is heard']);
  });
  it.each<[OperatingState[], OperatingState, string]>([
    [['down', 'running', 'starved'], 'running', 'a part of it is running'],
    [['blocked', 'down', 'starved'], 'down', 's2 is down and nothing runs'],
    [['blocked', 'maintenance', 'setup'], 'maintenance', 's2 is in maintenance and nothing runs'],
    [['blocked', 'starved', 'setup'], 'setup', 's3 is in setup and nothing runs'],
    [['blocked', 'starved', 'idle'], 'blocked', 'blocked and nothing runs'],
    [['offline', 'starved', 'idle'], 'starved', 'starved and nothing runs'],
    [['offline', 'offline', 'idle'], 'idle', 'nothing runs'],
    [['offline', 'offline', 'offline'], 'offline', 'nothing of it is heard'],
  ])('with %s is %s', (states, state, reason) => {
    const after = parent().when(...states.map((s, i) => is(`s${i + 1}`, s)));
    expect([after.state, after.context.reason]).toEqual([state, reason]);
  });
  it('does not depend on the order in which its children changed', () => {
    const state = fc.constantFrom(...OPERATING_STATES);
    fc.assert(
      fc.property(
        fc.tuple(state, state, state),
        fc.array(fc.tuple(fc.constantFrom('s1', 's2', 's3'), state)),
        (last, noise) => {
          const final = last.map((s, i) => is(`s${i + 1}`, s));
          const walked = parent().when(...noise.map(([child, s]) => is(child, s)), ...final.toReversed());
          const straight = parent().when(...final);
          expect([walked.state, walked.context.reason]).toEqual([straight.state, straight.context.reason]);
        },
      ),
    );
  });
  it('does not ask what is none of its children', () => {
    expect(parent().when(is('s9', 'running')).context).toEqual(parent().context);
  });
  it('forgets a child that a new model does not have', () => {
    const model = { ...MODEL, children: CHILDREN.slice(1) };
    const after = parent().when(is('s1', 'running'), is('s2', 'blocked'), { type: 'model', model });
    expect([after.state, after.context['states']]).toEqual(['blocked', { 'acme/line/s2': 'blocked' }]);
  });
  it('when it is retired is offline, and takes nothing but a model', () => {
    const retired = parent().when(is('s1', 'running'), { type: 'retire' });
    expect([retired.state, retired.context.retired]).toEqual(['offline', true]);
    expect(retired.when(is('s2', 'down'), made('s3', 1)).context).toEqual(retired.context);
    const back = retired.when({ type: 'model', model: MODEL });
    expect([back.state, back.context.retired]).toEqual(['running', false]);
  });
});

describe('the parts of a line', () => {
  it('are those that leave its last station', () => {
    const line = start(lineMachine, MODEL).when(made('s1', 1_000), made('s2', 2_000));
    expect([line.emitted, line.context.good]).toEqual([[], 0]);
    expect(line.when(made('s3', 3_000)).emitted).toEqual([
      { type: 'CycleCompleted', data: { result: 'good', parts: 1, goodTotal: 1, scrapTotal: 0 } },
    ]);
  });
  it("have the line's own cycle time and totals", () => {
    const line = start(lineMachine, MODEL).when(made('s3', 3_000), made('s3', 9_000, 'scrap', 2));
    expect(line.emitted).toEqual([
      { type: 'CycleCompleted', data: { result: 'scrap', parts: 2, cycleTimeMs: 3_000, goodTotal: 1, scrapTotal: 2 } },
    ]);
  });
  it('are not counted by a group', () => {
    expect(start(groupMachine, MODEL).when(made('s3', 3_000)).context.good).toBe(0);
  });
});
