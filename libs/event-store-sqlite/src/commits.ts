import { FIRST_CHAIN } from './digest.js';
import { numbersOf, parseNumbers } from './page-query.js';
import type { Statements } from './statements.js';

/** One transaction of appends. */
export interface Commit {
  /** Position of its last event, whether that is still there or not. */
  readonly last: number;
  readonly chain: Buffer;
  /** Set once a scavenge has removed events of it: its digest as it was, and that over what is left. */
  readonly scavenged: { readonly digest: Buffer; readonly rest: Buffer } | undefined;
  /** Nothing is left of it, nor of an unknown number of commits right before it. */
  readonly empty: boolean;
}

/** What the first commit follows. */
export const BEGINNING: Commit = { last: 0, chain: FIRST_CHAIN, scavenged: undefined, empty: false };

const CHAIN_BYTES = 32;

/** Commits after a position, those of at least so many events; none at the end of the log. */
export const readCommits = (statements: Statements, after: number, events: number): Commit[] => {
  for (let count = events; ; count *= 2) {
    const to = statements.value(
      'SELECT position FROM events WHERE position > ? ORDER BY position LIMIT 1 OFFSET ?',
      after,
      count - 1,
    );
    const commits = commitsBetween(statements, after, to ?? Number.MAX_SAFE_INTEGER);
    if (commits.length > 0 || to === undefined) return commits;
  }
};

/** The last commit that ends at or before a position; the beginning of the chain when there is none. */
export const commitBefore = (statements: Statements, position: number): Commit => {
  const last = Math.max(
    statements.value(
      'SELECT position FROM events WHERE position <= ? AND chain IS NOT NULL ORDER BY position DESC LIMIT 1',
      position,
    ) ?? 0,
    statements.value('SELECT max(last) FROM scavenged WHERE last <= ?', position) ?? 0,
  );
  const [commit] = commitsBetween(statements, last - 1, last);
  return commit ?? BEGINNING;
};

/** The log's last commit. Throws when its last event has no chain. */
export const lastCommit = (statements: Statements): Commit => {
  const commit = commitBefore(statements, Number.MAX_SAFE_INTEGER);
  const position = statements.value('SELECT max(position) FROM events') ?? 0;
  if (position <= commit.last) return commit;
  const message = `the log breaks off within a commit, at position ${position}: another program has changed the file`;
  throw Object.assign(new Error(message), { code: 'SQLITE_CORRUPT' });
};

/** Commits that end after a position and up to another one. */
const commitsBetween = (statements: Statements, after: number, to: number): Commit[] => {
  const [positions, chains] = statements
    .get(
      `SELECT ${numbersOf('position')}, CAST(group_concat(chain, '') AS BLOB) FROM
        (SELECT position, chain FROM events WHERE position > ? AND position <= ? AND chain IS NOT NULL ORDER BY position)`,
    )
    .get([after, to]) as [Buffer, Buffer | null];
  const commits = new Map(
    parseNumbers(positions).map((last, n): [number, Commit] => {
      const chain = chains!.subarray(CHAIN_BYTES * n, CHAIN_BYTES * (n + 1));
      return [last, { last, chain, scavenged: undefined, empty: false }];
    }),
  );
  const scavenged = statements
    .get('SELECT last, chain, digest, rest FROM scavenged WHERE last > ? AND last <= ? ORDER BY last')
    .all([after, to]) as [number, Buffer, Buffer | null, Buffer | null][];
  if (scavenged.length === 0) return [...commits.values()];
  for (const [last, chain, digest, rest] of scavenged) {
    commits.set(last, { last, chain, scavenged: digest && rest ? { digest, rest } : undefined, empty: !digest });
  }
  return [...commits.values()].sort((a, b) => a.last - b.last);
};
