import { statSync } from 'node:fs';
import { type LogRecord } from '@millwright/event-store';
import { type Database } from '@millwright/sqlite';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  append,
  given,
  group,
  groupAt,
  newRecord,
  newRecords,
  testLogs,
  type Given,
  type TestLog,
} from './log.fixture.js';
import { LogReader } from './log-reader.js';
import { LogScavenger } from './log-scavenger.js';
import { LogVerifier } from './log-verifier.js';
import { LogWriter } from './log-writer.js';
import type { ScavengeStep } from './messages.js';
import { RecordReader } from './read-records.js';
import { Statements } from './statements.js';

const open = testLogs();
let log: TestLog;
beforeEach(() => void (log = open()));

const records = (db: Database): LogRecord[] => new RecordReader(new Statements(db)).read(0, Number.MAX_SAFE_INTEGER);
const shown = (db: Database): string[] =>
  records(db)
    .filter(({ stream }) => !stream.startsWith('$'))
    .map(({ stream, revision }) => `${stream}@${revision}`);
const retain = (stream: string, metadata: string): Given => append(`$$${stream}`, [newRecord(metadata, '$metadata')]);
const expectRight = (db: Database): void => {
  const verifier = new LogVerifier(db);
  while (!verifier.step().complete);
  expect(verifier.finish().problem).toBeUndefined();
};

/** Takes steps until the work is done, or as many as are given. */
const scavenge = ({ db, path }: TestLog, writer: LogWriter, now = 0, steps = Infinity): ScavengeStep | undefined => {
  const scavenger = new LogScavenger(db, path, now);
  for (let n = 0; n < steps; n++) {
    const step = scavenger.step((work) => writer.transact(work));
    if (step.phase === 'tell' && n + 1 < steps) writer.write(group(given('scavenged', '$scavenges')));
    if (step.phase === 'done') return step;
  }
  return undefined;
};
const completed = (db: Database): unknown[] =>
  records(db)
    .filter(({ type }) => type === '$scavengeCompleted')
    .map(({ data }) => JSON.parse(data as string));

test('nothing hidden: nothing goes, and that is told', () => {
  log.writer.write(group(append('s', newRecords(3)), retain('s', '{"$maxCount":3}')));
  expect(scavenge(log, log.writer)).toMatchObject({ removedEvents: 0 });
  expect(shown(log.db)).toEqual(['s@0', 's@1', 's@2']);
  expect(completed(log.db)).toEqual([{ removedEvents: 0 }]);
  expectRight(log.db);
});

test('what is hidden goes, across commits and out of their middle; streams go on at their next revision', () => {
  const { writer, db } = log;
  writer.write(groupAt(1_000, append('s', newRecords(2)), append('t', newRecords(1)), append('s', newRecords(2))));
  writer.write(groupAt(2_000, append('u', newRecords(2)), append('s', newRecords(1))));
  writer.write(groupAt(3_000, append('v', newRecords(2)), append('w', newRecords(1))));
  writer.write(groupAt(4_000, retain('s', '{"$maxCount":2}'), retain('u', '{"$maxAge":1}'), retain('t', '{"$tb":1}')));
  writer.write(groupAt(4_000, given('delete', 'v'), given('tombstone', 'w')));
  expect(scavenge(log, writer, 3_001)).toMatchObject({ removedEvents: 9 });
  expect(shown(db)).toEqual(['s@3', 's@4']);
  expect(completed(db)).toEqual([{ removedEvents: 9, removedUpTo: '11' }]);
  expectRight(db);
  for (const again of [() => writer, () => new LogWriter(db)]) {
    const [t, u] = again().write(group(append('t', newRecords(1)), append('u', newRecords(1))));
    expect([t, u]).toMatchObject([{ kind: 'written' }, { kind: 'written' }]);
  }
  expect(shown(db)).toEqual(['s@3', 's@4', 't@1', 'u@2', 't@2', 'u@3']);
  expectRight(db);
});

test('told with it is always the last position that was ever removed', () => {
  const { writer, db } = log;
  writer.write(group(append('s', newRecords(4)), retain('s', '{"$maxCount":1}')));
  scavenge(log, writer);
  scavenge(log, writer);
  expect(completed(db)).toEqual([
    { removedEvents: 3, removedUpTo: '3' },
    { removedEvents: 0, removedUpTo: '3' },
  ]);
});

test('the last event of all may go, and no position is given twice: head and positionAt', () => {
  const { writer, db } = log;
  writer.write(groupAt(5, append('t', newRecords(1))));
  writer.write(groupAt(6, append('s', newRecords(2)), given('tombstone', 's')));
  // Up to the step after which the event is to be told of: as after a kill there.
  expect(scavenge(log, writer, 0, 2)).toBeUndefined();
  expect(records(db)).toHaveLength(1);
  const reader = new LogReader(db);
  expect([reader.head(), reader.positionAt(99)]).toEqual([3, 1]);
  const again = new LogWriter(db);
  expect(again.end()).toEqual({ position: 3, recordedAt: 5 });
  expect(again.write(group(append('t', newRecords(1))))).toEqual([{ kind: 'written', revision: 1, position: 4 }]);
  expectRight(db);
});

test('a commit that is not as it was written is not touched: that would hide the damage', () => {
  const { writer, db } = log;
  writer.write(group(append('s', newRecords(4)), retain('s', '{"$maxCount":1}')));
  db.exec(`UPDATE events SET data = '[]' WHERE position = 4`);
  expect(() => scavenge(log, writer)).toThrow(
    /events up to position 5 are not as they were written; none of them is removed/,
  );
  expect(shown(db)).toHaveLength(4);
});

test('ids of removed events are forgotten: appended again they are new', () => {
  const { writer, db } = log;
  const [first, second] = newRecords(2);
  writer.write(group(append('s', [first!, second!]), retain('s', '{"$maxCount":1}')));
  scavenge(log, writer);
  expect(writer.write(group(append('s', [first!]), append('s', [second!])))).toMatchObject([
    { kind: 'written', revision: 2 },
    { kind: 'repeated', revision: 1 },
  ]);
  expectRight(db);
});

test('commits of which nothing is left leave one row for all of them', () => {
  const { writer, db } = log;
  for (let n = 0; n < 50; n++) writer.write(group(append(n % 10 === 0 ? 't' : 's', newRecords(1))));
  writer.write(group(retain('s', '{"$maxCount":1}')));
  scavenge(log, writer);
  const rows = (): unknown => db.prepare('SELECT count(*) FROM scavenged').raw().get();
  expect(rows()).toEqual([5]);
  writer.write(group(retain('t', '{"$maxCount":1}')));
  scavenge(log, writer);
  expect(rows()).toEqual([2]);
  expectRight(db);
});

test('broken off at any step, the log is right, and the next scavenge finishes the work', () => {
  const step = fc.oneof(
    fc.record({ stream: fc.nat(3), count: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ stream: fc.nat(3), keep: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ scavenge: fc.nat(4) }),
  );
  fc.assert(
    fc.property(fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 12 }), (groups) => {
      const own = open();
      let { writer } = own;
      const kept = new Map<string, number[]>();
      for (const steps of groups) {
        const operations = steps.flatMap((each): Given[] => {
          if (!('stream' in each)) return [];
          const stream = `s-${each.stream}`;
          if ('keep' in each) return [retain(stream, `{"$maxCount":${each.keep}}`)];
          const revisions = kept.get(stream) ?? [];
          for (let n = 0; n < each.count; n++) revisions.push(revisions.length);
          kept.set(stream, revisions);
          return [append(stream, newRecords(each.count))];
        });
        if (operations.length > 0) writer.write(group(...operations));
        for (const each of steps) {
          if (!('scavenge' in each)) continue;
          scavenge(own, writer, 0, each.scavenge);
          // As after a kill: what the writer remembered is gone.
          writer = new LogWriter(own.db);
          expectRight(own.db);
        }
      }
      scavenge(own, writer);
      expectRight(own.db);
      const reader = new LogReader(own.db);
      const whole = { direction: 'forwards', after: undefined, upTo: undefined, limit: 1_000, now: 0 } as const;
      for (const stream of kept.keys()) {
        const page = reader.readStream({ ...whole, stream });
        const revisions = 'tombstoned' in page ? [] : [...(page.columns?.revisions ?? [])];
        const rows = records(own.db).filter((record) => record.stream === stream);
        expect(rows.map(({ revision }) => Number(revision))).toEqual(revisions);
        expect(revisions.at(-1)).toBe(kept.get(stream)!.at(-1));
      }
    }),
    { numRuns: 25 },
  );
});

describe('the disk', () => {
  const fill = ({ writer }: TestLog): void => {
    for (let n = 0; n < 40; n++) writer.write(group(append('s', newRecords(100, 'x'.repeat(500)))));
    writer.write(group(retain('s', '{"$maxCount":100}')));
  };
  const bytes = ({ path }: TestLog): number =>
    statSync(path).size + (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0);

  test('is given back what the scavenge says', () => {
    fill(log);
    log.db.pragma('wal_checkpoint(TRUNCATE)');
    const before = bytes(log);
    const result = scavenge(log, log.writer);
    expect(result).toMatchObject({ removedEvents: 3_900, freedBytes: before - bytes(log) });
    expect(bytes(log)).toBeLessThan(before / 10);
    expectRight(log.db);
  });

  test('also by a file that another tool has written anew', () => {
    fill(log);
    log.db.exec('PRAGMA journal_mode = DELETE; PRAGMA auto_vacuum = NONE; VACUUM; PRAGMA journal_mode = WAL');
    const before = bytes(log);
    scavenge(log, log.writer);
    expect(bytes(log)).toBeLessThan(before / 10);
    expect(log.db.prepare('PRAGMA auto_vacuum').raw().get()).toEqual([2]);
    expectRight(log.db);
  });
});
