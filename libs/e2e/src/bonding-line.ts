import { join } from 'node:path';
import getPort from 'get-port';
import { query } from './graphql.js';
import { root } from './processes.js';

export const bondingPorts = async (): Promise<Record<string, string>> => ({
  BONDING_MODBUS_PORT: String(await getPort()),
  BONDING_MQTT_PORT: String(await getPort()),
  BONDING_OPCUA_PORT: String(await getPort()),
});

export const BONDING_LINE = 'acme/hamburg/assembly/bonding-line';
export const bondingPlant = join(root, 'simulations/plants/bonding-line');
/** Its stations, in the order of flow. */
export const BONDING_STATIONS = ['s1', 's2', 's3', 's4', 's5'].map((station) => `${BONDING_LINE}/${station}`);

/** Parts that each station has made, as the server at the origin has it. */
export const partsOf = (origin: string): Promise<number[]> =>
  Promise.all(
    BONDING_STATIONS.map(async (id) => {
      const document = 'query($id: ID!) { asset(id: $id) { counts { total } } }';
      const { asset } = await query<{ asset: { counts: { total: number } } | null }>(origin, document, { id });
      return asset?.counts.total ?? 0;
    }),
  );
