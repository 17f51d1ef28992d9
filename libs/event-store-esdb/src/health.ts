import type { LogHealth } from '@millwright/event-store';
import type { Appender } from './appender.js';
import type { EsdbConnection } from './connection.js';
import type { Feed } from './feed.js';

export interface HealthSources {
  readonly connection: Pick<EsdbConnection, 'name' | 'fault'>;
  readonly appender: Pick<Appender, 'size' | 'waitedMs' | 'trouble'>;
  readonly feed: Pick<Feed, 'fault' | 'tail'> | undefined;
  readonly closed: boolean;
}

/** An append that has waited so long shows. */
const SLOW_APPEND_MS = 1_000;

export const healthOf = ({ connection, appender, feed, closed }: HealthSources): LogHealth => {
  const { name, fault } = connection;
  const appendsInFlight = appender.size;
  const say = (state: LogHealth['state'], detail: string): LogHealth => ({ state, detail, appendsInFlight });
  if (closed) return say('down', `the connection to the log at ${name} is closed`);
  const waiting =
    appendsInFlight === 0
      ? ''
      : `; ${appendsInFlight} ${appendsInFlight === 1 ? 'append waits' : 'appends wait'}, the oldest for ${seconds(appender.waitedMs)}`;
  if (fault?.error.code === 'access-denied') return say('down', `${fault.error.message}${waiting}`);
  if (fault) {
    const since = seconds(performance.now() - fault.since);
    return say('degraded', `connecting again for ${since}: ${fault.error.message}${waiting}`);
  }
  if (feed?.fault) return say('degraded', `subscriptions are behind: ${feed.fault.message}${waiting}`);
  if (appender.trouble) return say('degraded', `${appender.trouble.message}${waiting}`);
  if (appender.waitedMs > SLOW_APPEND_MS) return say('degraded', `the log at ${name} is slow${waiting}`);
  const known = feed?.tail ? `, followed up to position ${feed.tail.head ?? 0}` : '';
  return say('up', `connected to the log at ${name}${known}`);
};

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
