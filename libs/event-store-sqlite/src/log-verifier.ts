import { sqliteCode, type Database } from '@millwright/sqlite';
import { BEGINNING, commitBefore, readCommits, type Commit } from './commits.js';
import { chainOf } from './digest.js';
import type { PageColumns, VerifyProblem, VerifyState } from './messages.js';
import { digestOfColumns, splitColumns } from './page-columns.js';
import { numbersOf, parseNumbers } from './page-query.js';
import { RecordReader } from './read-records.js';
import { Statements } from './statements.js';

/** Bounds of a step; a commit is read whole. Where SQLite cannot read, steps become smaller, down to the place. */
const EVENTS_PER_STEP = 4_096;
const SMALLER = 16;
/** Streams whose next revision is remembered; beyond that they are forgotten, and their digests speak for them. */
const MAX_STREAMS = 200_000;
const BYTES_PER_READ = 2 * 1024 * 1024;

/** Of no events, which no commit has. */
const NO_DIGEST = Buffer.alloc(32);

const INDEXES = {
  events_by_id: 'i.id = e.id AND i.stream = e.stream',
  events_by_revision: 'i.stream = e.stream AND i.revision = e.revision',
  events_for_filters: 'i.stream = e.stream AND i.type = e.type',
};

/** Where and why the log is not as it was written. */
class Damage extends Error {
  readonly position: number;
  readonly stream: string | undefined;
  constructor(position: number, sentence: string, stream?: string) {
    super(sentence);
    this.position = position;
    this.stream = stream;
  }
}

/**
 * Reads a log from end to end, in steps of bounded memory, and compares it with its chain of digests, its streams and its indexes. Stops
 * at the first problem. The log may be written and scavenged meanwhile.
 */
export class LogVerifier {
  private readonly db: Database;
  private readonly statements: Statements;
  private readonly records: RecordReader;
  private readonly nextRevisions = new Map<string, number>();
  private readonly from: number;
  /** Not every stream is known from its beginning on. */
  private partial: boolean;
  /** The last commit that was found right. */
  private done: Commit = BEGINNING;
  private begun = false;
  private eventsPerStep = EVENTS_PER_STEP;
  /** Up to here the indexes have been looked at. */
  private indexedTo = 0;
  private recordedAt = 0;
  private events = 0;
  private commits = 0;
  private complete = false;
  private problem: VerifyProblem | undefined;

  /** `from`: a position in the first commit that is looked at; what lies before it is taken as right. */
  constructor(db: Database, from = 0) {
    this.db = db;
    this.statements = new Statements(db);
    this.records = new RecordReader(this.statements);
    this.from = from;
    this.partial = from > 0;
  }

  /** Looks at some more of the log. */
  step(): VerifyState {
    if (!this.complete && !this.problem) this.guard(() => this.lookCloser());
    return this.state();
  }

  /** What needs no order: SQLite's own check of the file's pages, and that no index has more than the table. */
  finish(): VerifyState {
    if (!this.problem) this.guard(() => this.checkFile());
    return this.state();
  }

  private state(): VerifyState {
    const { events, commits, complete, problem, done } = this;
    const head = done.last === 0 ? undefined : { position: done.last, chain: done.chain.toString('hex') };
    return { events, commits, complete: complete || problem !== undefined, problem, head };
  }

  /** In one snapshot; what goes wrong is the problem. */
  private guard(look: () => void): void {
    try {
      this.db.exec('BEGIN');
      look();
    } catch (error) {
      this.problem = this.toProblem(error);
    } finally {
      this.endSnapshot();
    }
  }

  private endSnapshot(): void {
    try {
      if (this.db.inTransaction) this.db.exec('COMMIT');
    } catch {
      // After damage SQLite tells of it once more; the transaction is over all the same.
    }
  }

  private lookCloser(): void {
    try {
      this.look();
    } catch (error) {
      if (error instanceof Damage || this.eventsPerStep === 1) throw error;
      this.eventsPerStep /= SMALLER;
    }
  }

  private look(): void {
    if (!this.begun) {
      this.done = commitBefore(this.statements, this.from - 1);
      this.indexedTo = this.done.last;
    }
    this.begun = true;
    const { last } = this.done;
    const commits = readCommits(this.statements, last, this.eventsPerStep);
    if (commits.length === 0) {
      const beyond = this.statements.value('SELECT min(position) FROM events WHERE position > ?', last);
      if (beyond !== undefined) throw new Damage(beyond, 'the log breaks off within a commit');
      this.complete = true;
      return;
    }
    for (const slice of this.slices(last, commits)) this.checkSlice(slice);
    this.checkIndexes(this.indexedTo, this.done.last);
    this.indexedTo = this.done.last;
  }

  /** Commits that are read together, by their bytes. */
  private slices(after: number, commits: readonly Commit[]): Commit[][] {
    const [positions, sizes] = (
      this.statements
        .get(
          `SELECT ${numbersOf('position')}, ${numbersOf('size')} FROM (SELECT position, octet_length(metadata) + octet_length(data) AS size
            FROM events WHERE position > ? AND position <= ? ORDER BY position)`,
        )
        .get([after, commits.at(-1)!.last]) as Buffer[]
    ).map(parseNumbers) as [number[], number[]];
    const slices: Commit[][] = [];
    let slice: Commit[] = [];
    let bytes = 0;
    let next = 0;
    for (const commit of commits) {
      for (; next < positions.length && positions[next]! <= commit.last; next++) bytes += sizes[next]!;
      slice.push(commit);
      if (bytes < BYTES_PER_READ) continue;
      slices.push(slice);
      slice = [];
      bytes = 0;
    }
    if (slice.length > 0) slices.push(slice);
    return slices;
  }

  private checkSlice(commits: readonly Commit[]): void {
    const columns = this.records.readColumns(this.done.last, commits.at(-1)!.last);
    let end = 0;
    const ends = commits.map(({ last }) => {
      while (columns && end < columns.positions.length && columns.positions[end]! <= last) end++;
      return end;
    });
    const parts = columns ? splitColumns(columns, ends) : [];
    for (const [n, commit] of commits.entries()) {
      const its = parts[n];
      this.checkCommit(commit, its && its.positions.length > 0 ? its : undefined);
      its?.positions.forEach((_, index) => this.checkPlace(its, index));
      this.done = commit;
      this.commits++;
      this.events += its?.positions.length ?? 0;
    }
  }

  private checkCommit(commit: Commit, events: PageColumns | undefined): void {
    // What the chain of a commit of which nothing is left is made of is not known any more.
    if (commit.empty && !events) return;
    const digest = events ? digestOfColumns(events) : NO_DIGEST;
    const isRest = !commit.scavenged || commit.scavenged.rest.equals(digest);
    const isChained = chainOf(this.done.chain, commit.scavenged?.digest ?? digest).equals(commit.chain);
    if (!commit.empty && isRest && isChained) return;
    const first = events?.positions[0] ?? commit.last;
    const [stream, ...others] = new Set(Array.from(events?.streams ?? [], (index) => events!.streamNames[index]!));
    const where = first === commit.last ? `the event at ${first}` : `an event from ${first} to ${commit.last}`;
    throw new Damage(
      first,
      `${where} has been changed, lost or added: the commit does not have its digest`,
      others.length === 0 ? stream : undefined,
    );
  }

  private checkPlace(events: PageColumns, index: number): void {
    const stream = events.streamNames[events.streams[index]!]!;
    const [revision, position, recordedAt] = [
      events.revisions[index]!,
      events.positions[index]!,
      events.recordedAt[index]!,
    ];
    const next = this.nextRevisions.get(stream);
    if (revision !== next && !(this.partial && next === undefined)) {
      const first = (this.statements.value('SELECT removed_to FROM streams WHERE name = ?', stream) ?? -1) + 1;
      if (revision !== first) {
        const expected = Math.max(next ?? 0, first);
        throw new Damage(position, `revision ${revision} stands where ${expected} is expected`, stream);
      }
    }
    if (this.nextRevisions.size >= MAX_STREAMS) {
      this.nextRevisions.clear();
      this.partial = true;
    }
    this.nextRevisions.set(stream, revision + 1);
    if (recordedAt < this.recordedAt) throw new Damage(position, 'recorded before the event ahead of it', stream);
    this.recordedAt = recordedAt;
  }

  private checkIndexes(after: number, to: number): void {
    for (const [index, sameEntry] of Object.entries(INDEXES)) {
      const missing = this.statements.value(
        `SELECT min(position) FROM events e NOT INDEXED WHERE position > ? AND position <= ? AND NOT EXISTS
          (SELECT 1 FROM events i INDEXED BY ${index} WHERE ${sameEntry} AND i.position = e.position)`,
        after,
        to,
      );
      if (missing !== undefined) throw new Damage(missing, `the event is missing in the index ${index}`);
    }
  }

  private checkFile(): void {
    const rows = this.statements.value('SELECT count(*) FROM events NOT INDEXED') ?? 0;
    for (const index of Object.keys(INDEXES)) {
      const entries = this.statements.value(`SELECT count(*) FROM events INDEXED BY ${index}`) ?? 0;
      if (entries !== rows)
        throw new Damage(this.done.last, `the index ${index} has ${entries} entries for ${rows} events`);
    }
    const [first] = this.statements.get('PRAGMA quick_check(1)').get([]) as [string];
    if (first !== 'ok') throw new Damage(this.done.last, `SQLite's check of the file says: ${first}`);
  }

  private toProblem(error: unknown): VerifyProblem {
    if (error instanceof Damage) {
      const { position, stream, message } = error;
      return { position, stream, sentence: message };
    }
    const reason = error instanceof Error ? error.message : String(error);
    const sentence = `SQLite cannot read on from here: ${reason}${sqliteCode(error) ? ` (${sqliteCode(error)})` : ''}`;
    return { position: this.done.last + 1, stream: undefined, sentence };
  }
}
