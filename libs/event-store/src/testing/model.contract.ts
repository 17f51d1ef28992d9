import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { TestClock, type Abilities, type Target } from './contract-kit.js';
import { logCommands } from './model/log-commands.js';
import { LogModel } from './model/log-model.js';
import { expectAsModel, POOL_SIZE, type LogCommand, type RealLog } from './model/log-run.js';

export const modelContract = ({ open, reopen, can }: Target): void => {
  describe('against the model', () => {
    test('any sequence of commands, one after the other', async () => {
      const clock = new TestClock();
      const log = { store: await open({ liveEvents: 5, now: clock.now }), reopen };
      const commands = fc.commands([logCommands(can)], { maxCommands: 40, size: 'max' });
      await fc.assert(
        fc.asyncProperty(commands, (sequence) => holds(log, clock, can, sequence)),
        { numRuns: 40 },
      );
    });
  });
};

/** Runs the commands in streams of their own within a shared store, and compares everything that can be read in the end. */
const holds = async (
  log: Pick<RealLog, 'store' | 'reopen'>,
  clock: TestClock,
  { clock: hasClock }: Abilities,
  sequence: Iterable<LogCommand>,
): Promise<void> => {
  const real: RealLog = {
    ...log,
    clock,
    prefix: `${randomUUID()}-`,
    pool: Array.from({ length: POOL_SIZE }, () => randomUUID()),
    places: [],
    followers: [],
  };
  const model = new LogModel(hasClock ? clock.now : () => 0);
  try {
    await fc.asyncModelRun(() => ({ model, real }), sequence);
    await expectAsModel(model, real);
  } finally {
    for (const { follower } of real.followers) await follower.stop();
    log.store = real.store;
  }
};
