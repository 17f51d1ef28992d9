import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BONDING_LINE,
  bondingPlant,
  bondingPorts,
  eventually,
  query,
  startDevices,
  startServer,
  tempDir,
} from '@millwright/e2e';
import { expect, test } from 'vitest';

const SECOND = 'acme/hamburg/assembly/bonding-line-2';

interface Stations {
  readonly assets: readonly {
    readonly id: string;
    readonly state: { readonly value: string } | null;
    readonly counts: { readonly good: number };
  }[];
}

const stationsUnder = (origin: string, under: string): Promise<Stations> =>
  query<Stations>(
    origin,
    `query($under: ID!) { assets(under: $under, kinds: [STATION]) { id state { value } counts { good } } }`,
    { under },
  );

test('a second line is one more YAML file and a restart', async () => {
  const plant = tempDir();
  const data = tempDir();
  const [first, second] = [await bondingPorts(), await bondingPorts()];
  const text = readFileSync(join(bondingPlant, 'plant.yaml'), 'utf8');
  cpSync(join(bondingPlant, 'plant.yaml'), join(plant, 'line-1.yaml'));
  await startDevices({ speed: 60, plant: join(plant, 'line-1.yaml'), env: first });

  const before = await startServer({ plant, data, env: first });
  await eventually(
    () => stationsUnder(before.origin, BONDING_LINE),
    ({ assets }) => assets.every((a) => a.state?.value !== 'OFFLINE'),
  );
  expect((await stationsUnder(before.origin, SECOND)).assets).toEqual([]);
  expect(await before.process.stop()).toBe(0);

  const own = Object.fromEntries(
    Object.entries(second).map(([name, port]) => [name.replace('BONDING', 'SECOND'), port]),
  );
  writeFileSync(
    join(plant, 'line-2.yaml'),
    text
      .replaceAll('BONDING_', 'SECOND_')
      .replace('id: bonding-line,', 'id: bonding-line-2,')
      .replace('Bonding line 1', 'Bonding line 2'),
  );
  await startDevices({ speed: 60, plant: join(plant, 'line-2.yaml'), env: own });
  const after = await startServer({ plant, data, env: { ...first, ...own } });

  for (const line of [BONDING_LINE, SECOND]) {
    const { assets } = await eventually(
      () => stationsUnder(after.origin, line),
      ({ assets }) =>
        assets.length === 5 &&
        assets.every((a) => a.state !== null && a.state.value !== 'OFFLINE' && a.counts.good > 0),
      120_000,
    );
    expect(assets.map((a) => a.id)).toEqual(['s1', 's2', 's3', 's4', 's5'].map((s) => `${line}/${s}`));
  }
});
