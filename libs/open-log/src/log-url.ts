import { EventStoreError } from '@millwright/event-store';

/** Where a log is, as one setting says it. */
export type LogUrl =
  { readonly kind: 'sqlite'; readonly path: string } | { readonly kind: 'esdb'; readonly connectionString: string };

const EXPECTED = 'expected sqlite:<path of a file>, e.g. sqlite:./data/log.db, or esdb://host:2113?tls=true';
/** As the clients of EventStoreDB and of KurrentDB spell it. */
const ESDB = /^(?:esdb|eventstore|kurrent|kurrentdb|kdb)(\+discover)?:\/\/(.+)$/s;

/** Reads the setting. Throws {@link EventStoreError} `unavailable` with a sentence that says what was expected. */
export const parseLogUrl = (text: string): LogUrl => {
  const esdb = ESDB.exec(text);
  if (esdb) return { kind: 'esdb', connectionString: `esdb${esdb[1] ?? ''}://${esdb[2]}` };
  if (!text.startsWith('sqlite:')) throw wrong(text, EXPECTED);
  const path = text.slice('sqlite:'.length);
  if (path.startsWith('//')) {
    throw wrong(
      text,
      `after "sqlite:" comes the path itself, sqlite:${path.replace(/^\/\/+/, '/')} or sqlite:./log.db`,
    );
  }
  if (path.trim() === '' || path === ':memory:') throw wrong(text, EXPECTED);
  return { kind: 'sqlite', path };
};

/** The setting without a password, for people and logs. */
export const shownLog = (text: string): string => text.replace(/\/\/([^@/]*)@/, '//***@');

const wrong = (text: string, expected: string): EventStoreError =>
  new EventStoreError('unavailable', `the log "${shownLog(text)}" cannot be opened: ${expected}`);
