import fc from 'fast-check';
import type { Abilities } from '../contract-kit.js';
import type { LogCommand } from './log-run.js';
import { catchUp, follow, readAll, readStream } from './read.commands.js';
import { advance, append, remove, reopen, retain, scavenge } from './write.commands.js';

/** The commands that a target of these abilities can be given. */
export const logCommands = (abilities: Abilities): fc.Arbitrary<LogCommand> =>
  fc.oneof(
    { weight: 18, arbitrary: append },
    { weight: 4, arbitrary: retain(abilities) },
    { weight: 2, arbitrary: remove('delete') },
    { weight: 1, arbitrary: remove('tombstone') },
    { weight: 2, arbitrary: fc.constant(scavenge(abilities)) },
    { weight: 4, arbitrary: readStream },
    { weight: 4, arbitrary: readAll },
    { weight: 2, arbitrary: follow },
    { weight: 3, arbitrary: catchUp },
    { weight: abilities.clock ? 3 : 0, arbitrary: advance },
    { weight: abilities.reopen ? 1 : 0, arbitrary: fc.constant(reopen) },
  );
