import { FIRST_THAT_FITS, parentContext, parentSetup, PARENT_STATES } from './parent.setup.js';

/** An area, site or enterprise: the fold of what is below it, by the same rule as a line. It counts no parts: lines make different things. */
export const groupMachine = parentSetup.createMachine({
  id: 'group',
  version: '1',
  options: { maxIterations: 10 },
  context: ({ input }) => parentContext(input),
  initial: 'offline',
  on: {
    'child.state': FIRST_THAT_FITS,
    model: FIRST_THAT_FITS,
    retire: { target: '.retired', actions: 'retire' },
  },
  states: PARENT_STATES,
});
