import { FIRST_THAT_FITS, parentContext, parentSetup, PARENT_STATES } from './parent.setup.js';

/**
 * A line: the fold of its stations, in the order of flow. It runs when any station runs; when none does, it is in the gravest state that
 * one of them is in (down, maintenance, setup, blocked, starved, idle), and offline when nothing is heard of any. What leaves its last
 * station counts as its parts.
 */
export const lineMachine = parentSetup.createMachine({
  id: 'line',
  version: '1',
  options: { maxIterations: 10 },
  context: ({ input }) => parentContext(input),
  initial: 'offline',
  on: {
    'child.state': FIRST_THAT_FITS,
    'child.parts': { guard: 'isLastChild', actions: ['concludeCycle', 'count'] },
    model: FIRST_THAT_FITS,
    retire: { target: '.retired', actions: 'retire' },
  },
  states: PARENT_STATES,
});
