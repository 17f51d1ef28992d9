import type Libsql from 'libsql';

/** What a statement was told to give its rows as. */
type Mode = 'raw' | 'pluck' | 'safeIntegers';
const MODES: readonly Mode[] = ['raw', 'pluck', 'safeIntegers'];

/**
 * libsql does not reset a statement whose `get` has failed: from then on it fails at once, or finds nothing. The statements of this
 * connection are prepared anew after that. (`all`, `iterate` and `run` leave no such thing.)
 */
export const healStatements = (db: Libsql.Database): void => {
  const prepare = db.prepare.bind(db);
  const prepareHealing = (sql: string): Libsql.Statement => healing(prepare(sql), () => prepare(sql));
  db.prepare = prepareHealing as typeof db.prepare;
};

const healing = (statement: Libsql.Statement, prepareAnew: () => Libsql.Statement): Libsql.Statement => {
  const modes = new Map<Mode, boolean>();
  for (const mode of MODES) {
    const set = statement[mode].bind(statement);
    statement[mode] = (on = true) => {
      modes.set(mode, on);
      return set(on);
    };
  }
  const get = statement.get.bind(statement);
  statement.get = (...values: unknown[]) => {
    try {
      return get(...values) as unknown;
    } catch (error) {
      const fresh = prepareAnew();
      for (const [mode, on] of modes) fresh[mode](on);
      // Where libsql keeps what it has prepared.
      (statement as { stmt?: unknown }).stmt = (fresh as { stmt?: unknown }).stmt;
      throw error;
    }
  };
  return statement;
};
