import { streamMatcher, typeMatcher, type EventFilter } from '@millwright/event-store';
import type { Statements } from './statements.js';

/** Filters whose names are remembered. */
const MAX_FILTERS = 32;

/** What a filter is in SQL, over the columns `stream` and `type`. */
export type FilterCondition =
  | { readonly kind: 'all' }
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'some';
      readonly sql: string;
      readonly values: readonly string[];
      /** Of the names, most match. */
      readonly most: boolean;
    };

/**
 * Filters are applied to the names of streams and types, each once: to those that have been added since the filter was last used. What
 * remains to be done for an event is to compare ids.
 */
export class FilterConditions {
  private readonly statements: Statements;
  private readonly sets = new Map<string, NameSet>();

  constructor(statements: Statements) {
    this.statements = statements;
  }

  /** Throws SyntaxError for a pattern that is none. */
  of(filter: EventFilter = {}): FilterCondition {
    const { streamPrefixes, streamPattern, excludeSystem, types, typePrefixes, typePattern } = filter;
    const conditions = [
      this.condition('stream', streamMatcher(filter), [streamPrefixes, streamPattern, excludeSystem]),
      this.condition('type', typeMatcher(filter), [types, typePrefixes, typePattern]),
    ];
    if (conditions.some(({ kind }) => kind === 'nothing')) return { kind: 'nothing' };
    const some = conditions.filter((condition) => condition.kind === 'some');
    if (some.length === 0) return { kind: 'all' };
    return {
      kind: 'some',
      sql: some.map(({ sql }) => sql).join(' AND '),
      values: some.flatMap(({ values }) => values),
      most: some.every(({ most }) => most),
    };
  }

  private condition(
    column: 'stream' | 'type',
    matches: ((name: string) => boolean) | undefined,
    asked: readonly unknown[],
  ): FilterCondition {
    if (!matches) return { kind: 'all' };
    const key = JSON.stringify([column, asked.map((part) => part ?? null)]);
    const set = this.sets.get(key) ?? new NameSet(column, this.statements);
    this.sets.delete(key);
    if (this.sets.size >= MAX_FILTERS) this.sets.delete(this.sets.keys().next().value!);
    this.sets.set(key, set);
    return set.condition(matches);
  }
}

/** The names of one table that match, and those that do not. */
class NameSet {
  private readonly column: 'stream' | 'type';
  private readonly statements: Statements;
  private seenTo = 0;
  private readonly matching: number[] = [];
  private readonly others: number[] = [];
  private known: FilterCondition = { kind: 'nothing' };

  constructor(column: 'stream' | 'type', statements: Statements) {
    this.column = column;
    this.statements = statements;
  }

  condition(matches: (name: string) => boolean): FilterCondition {
    const sql = `SELECT id, CAST(name AS BLOB) FROM ${this.column}s WHERE id > ? ORDER BY id`;
    const added = this.statements.get(sql).all([this.seenTo]) as [id: number, name: Buffer][];
    for (const [id, name] of added) {
      (matches(name.toString()) ? this.matching : this.others).push(id);
      this.seenTo = id;
    }
    if (added.length > 0) this.known = this.build();
    return this.known;
  }

  private build(): FilterCondition {
    const { column, matching, others } = this;
    if (matching.length === 0) return { kind: 'nothing' };
    if (others.length === 0) return { kind: 'all' };
    const most = others.length < matching.length;
    const [not, ids] = most ? ['NOT ', others] : ['', matching];
    return {
      kind: 'some',
      sql: `${column} ${not}IN (SELECT value FROM json_each(?))`,
      values: [JSON.stringify(ids)],
      most,
    };
  }
}
