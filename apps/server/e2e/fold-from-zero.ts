import { stateHash } from '@millwright/actor-engine';
import { foldFromZero, PlantFold } from '@millwright/actor-host';
import { query } from '@millwright/e2e';
import { openSqliteEventStoreReader, type EventLogReader } from '@millwright/event-store-sqlite';
import { openLog, parseLogUrl } from '@millwright/open-log';
import { expect } from 'vitest';

interface ActorState {
  readonly asset: string;
  readonly stateHash: string;
  readonly position: string;
}

/** What the running server holds, against a fold of the log (as in `--log`) from the first event in this process. */
export const expectActorsEqualFoldFromZero = async (origin: string, log: string): Promise<void> => {
  const { actors } = await query<{ actors: ActorState[] }>(origin, `{ actors { asset stateHash position } }`);
  const store = await openToRead(log);
  try {
    const fold = new PlantFold();
    await foldFromZero(store, fold, BigInt(actors[0]!.position));
    const fromZero = [...fold.entries()].map(([asset, { record }]) => ({ asset, stateHash: stateHash(record) }));
    const byAsset = (a: { asset: string }, b: { asset: string }): number => (a.asset < b.asset ? -1 : 1);
    expect(actors.map(({ asset, stateHash }) => ({ asset, stateHash })).sort(byAsset)).toEqual(fromZero.sort(byAsset));
    expect(actors.length).toBeGreaterThanOrEqual(10);
  } finally {
    await store.close();
  }
};

const openToRead = async (log: string): Promise<EventLogReader> => {
  const url = parseLogUrl(log);
  return url.kind === 'sqlite' ? openSqliteEventStoreReader(url.path) : openLog(log);
};
