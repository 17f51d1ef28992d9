import type { AssetId } from '@millwright/events';
import type { AlarmRequest, AlarmView } from '@millwright/read-model';
import type { Database, Statement } from '@millwright/sqlite';
import { isUnder } from '../database/is-under.js';
import type { AlarmVersion } from './alarm-version.js';

export class AlarmsQuery {
  private readonly versionsAt: Statement;

  constructor(db: Database) {
    this.versionsAt = db
      .prepare(
        `SELECT p.path, v.version, e.position
         FROM alarm a
         JOIN asset p ON p.id = a.asset
         JOIN alarm_version v ON v.alarm = a.id AND (v.event, v."order") = (
           SELECT event, "order" FROM alarm_version
           WHERE alarm = a.id AND event <= ?1 ORDER BY event DESC, "order" DESC LIMIT 1)
         JOIN event e ON e.n = v.event
         WHERE ?2 IS NULL OR v.state IN (SELECT value FROM json_each(?2))
         ORDER BY v.event DESC, v."order" DESC`,
      )
      .raw()
      .safeIntegers();
  }

  alarms(at: number, { under, states, limit }: AlarmRequest): AlarmView[] {
    const found = this.versionsAt.all([at, states ? JSON.stringify(states) : null]) as [AssetId, string, bigint][];
    return found
      .filter(([asset]) => isUnder(asset, under))
      .slice(0, limit)
      .map(([asset, version, position]) => ({ asset, ...(JSON.parse(version) as AlarmVersion), position }));
  }
}
