import { OPERATING_STATES } from '@millwright/events';
import { describe, expect, it } from 'vitest';
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { ASSET_TYPES, assetType, STATION_TYPES } from './index.js';

const leaves = (node: AnyStateNode): AnyStateNode[] => {
  const children = Object.values(node.states) as AnyStateNode[];
  return children.length === 0 ? [node] : children.flatMap(leaves);
};
const nodes = (node: AnyStateNode): AnyStateNode[] => [
  node,
  ...(Object.values(node.states) as AnyStateNode[]).flatMap(nodes),
];
const tagsOf = (node: AnyStateNode | undefined): string[] => (node ? [...node.tags, ...tagsOf(node.parent)] : []);

describe('the registry', () => {
  it('names the asset types, and which may be a station in a plant file', () => {
    expect(ASSET_TYPES).toEqual(['station', 'oven', 'line', 'group']);
    expect(STATION_TYPES).toEqual(['station', 'oven']);
  });
  it('refuses an unknown type with a sentence', () => {
    expect(() => assetType('robot')).toThrow(
      'there is no asset type "robot"; expected one of station, oven, line, group',
    );
  });
});

/** What the engine asks of every machine; a new asset type is held to it by being registered. */
describe.each(ASSET_TYPES)('the machine of type %s', (type) => {
  const machine: AnyStateMachine = assetType(type).machine;

  it('has the name of its type and a version', () => {
    expect([machine.id, typeof machine.version]).toEqual([type, 'string']);
  });
  it('is in exactly one operating state in each of its states', () => {
    for (const leaf of leaves(machine.root)) {
      expect(tagsOf(leaf).filter((tag) => (OPERATING_STATES as readonly string[]).includes(tag))).toHaveLength(1);
    }
  });
  it('can reach every operating state', () => {
    expect(new Set(leaves(machine.root).flatMap(tagsOf))).toEqual(new Set(OPERATING_STATES));
  });
  it('can be forked: nothing is invoked, nothing happens without an event, steps are bounded', () => {
    for (const node of nodes(machine.root)) {
      expect(node.invoke).toEqual([]);
      expect(node.always ?? []).toEqual([]);
    }
    expect(machine.options.maxIterations).toBeLessThanOrEqual(10);
  });
  it('assigns at most once per transition', () => {
    const transitions = nodes(machine.root).flatMap((node) => [...node.transitions.values()].flat());
    for (const { actions } of transitions) {
      const names = actions.map((action) => (typeof action === 'object' ? action.type : String(action)));
      const assigning = names.filter((name) => 'assignment' in (machine.implementations.actions[name] as object));
      expect(assigning.length, names.join()).toBeLessThanOrEqual(1);
    }
  });
  it('has a definition that is plain JSON', () => {
    const text = JSON.stringify(machine.definition);
    expect(JSON.stringify(JSON.parse(text))).toBe(text);
  });
});
