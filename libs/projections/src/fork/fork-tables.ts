import { ALARMS_DDL } from '../alarms/alarms.projection.js';
import { ASSETS_DDL } from '../assets/assets.projection.js';
import { OPERATING_STATES_DDL } from '../operating-states/operating-states.projection.js';
import { PART_COUNTS_DDL } from '../part-counts/part-counts.projection.js';

/** The same tables, in memory, for what is the fork's own. */
const ownTables = [ASSETS_DDL, OPERATING_STATES_DDL, PART_COUNTS_DDL, ALARMS_DDL]
  .join('')
  .replaceAll(/CREATE TABLE (\w+)/g, 'CREATE TEMP TABLE fork_$1')
  .replaceAll(/CREATE INDEX (\w+) ON (\w+)/g, 'CREATE INDEX temp.fork_$1 ON fork_$2');

const REDERIVED = 'SELECT asset FROM fork_rederived';

/**
 * What a fork's connection has of its own: temporary tables, and views that hide the live tables of the same names, so that every statement written for the
 * live model answers for the fork. Of the live rows they show those up to the fork point `from` (a place of an event), and later ones of assets that
 * the fork does not derive anew; facts (samples, ledger) are the live ones.
 */
export const forkDdl = (from: number): string => `
  PRAGMA temp_store = MEMORY;
  ${ownTables}
  CREATE TEMP TABLE fork_rederived(asset INTEGER PRIMARY KEY);
  CREATE TEMP TABLE fork_remodelled(asset INTEGER PRIMARY KEY);

  CREATE TEMP VIEW asset_model AS
    SELECT asset, event, "order", since, model FROM main.asset_model
    WHERE event <= ${from} OR model IS NULL OR asset NOT IN (SELECT asset FROM fork_remodelled)
    UNION ALL SELECT asset, event, "order", since, model FROM fork_asset_model;

  CREATE TEMP VIEW operating_state AS
    SELECT asset, event, "order", time, state, reason FROM main.operating_state
    WHERE event <= ${from} OR asset NOT IN (${REDERIVED})
    UNION ALL SELECT asset, event, "order", time, state, reason FROM fork_operating_state;

  CREATE TEMP VIEW part_count AS
    SELECT asset, event, "order", time, good, scrap, cycle_ms, cycles FROM main.part_count
    WHERE event <= ${from} OR asset NOT IN (${REDERIVED})
    UNION ALL SELECT asset, event, "order", time, good, scrap, cycle_ms, cycles FROM fork_part_count;

  CREATE TEMP VIEW alarm AS
    SELECT id, asset, name FROM main.alarm UNION ALL SELECT id, asset, name FROM fork_alarm;

  CREATE TEMP VIEW alarm_version AS
    SELECT alarm, event, "order", state, version FROM main.alarm_version
    WHERE event <= ${from} OR alarm IN (SELECT id FROM main.alarm WHERE asset NOT IN (${REDERIVED}))
    UNION ALL SELECT alarm, event, "order", state, version FROM fork_alarm_version;
`;

export const forkDrop = [...ownTables.matchAll(/CREATE TEMP TABLE (\w+)/g)]
  .map(([, table]) => `DROP TABLE temp.${table};`)
  .join('');
