import { describe, expect, test } from 'vitest';
import { loadPlant, type Plant, type PlantProblem } from './index.js';
import { ENV, PLANT_TEXT } from './plant-text.fixture.js';
import { vocabulary } from './protocols.fixture.js';

const load = (texts: readonly string[], env: Record<string, string | undefined> = ENV) =>
  loadPlant(
    texts.map((text, i) => ({ file: `line-${i + 1}.yaml`, text })),
    { ...vocabulary, env },
  );
const plantOf = (texts: readonly string[], env?: Record<string, string | undefined>): Plant => {
  const loaded = load(texts, env);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems, undefined, 2));
  return loaded.plant;
};
const problemsOf = (text: string, env?: Record<string, string | undefined>): readonly PlantProblem[] => {
  const loaded = load([text], env);
  return loaded.ok ? [] : loaded.problems;
};

const LINE = 'acme/hamburg/assembly/bonding';

describe('a plant file without problems', () => {
  const plant = plantOf([PLANT_TEXT]);

  test('gives the assets of every level, parents before children', () => {
    expect(
      plant.assets.map(({ asset, name, kind, type, parent, children }) => [asset, name, kind, type, parent, children]),
    ).toEqual([
      ['acme', 'Acme Adhesives', 'enterprise', 'group', undefined, ['acme/hamburg']],
      ['acme/hamburg', 'hamburg', 'site', 'group', 'acme', ['acme/hamburg/assembly']],
      ['acme/hamburg/assembly', 'Assembly hall', 'area', 'group', 'acme/hamburg', [LINE]],
      [LINE, 'Bonding line 1', 'line', 'line', 'acme/hamburg/assembly', [`${LINE}/s1`, `${LINE}/s2`]],
      [`${LINE}/s1`, 'Loader', 'station', 'station', LINE, []],
      [`${LINE}/s2`, 's2', 'station', 'oven', LINE, []],
    ]);
  });

  test('gives stations their times and signals', () => {
    expect(plant.assets[4]).toEqual({
      asset: `${LINE}/s1`,
      name: 'Loader',
      kind: 'station',
      type: 'station',
      parent: LINE,
      children: [],
      idealCycleTimeMs: 8_000,
      staleAfterMs: 15_000,
      signals: [
        {
          name: 'state',
          dataType: 'integer',
          role: 'operating-state',
          states: { 0: 'idle', 1: 'running', 4: 'down' },
          source: { connection: `${LINE}/plc`, protocol: 'modbus', address: 'holding 0' },
        },
        {
          name: 'pressure',
          label: 'Gripper pressure',
          dataType: 'number',
          unit: 'bar',
          role: 'measurement',
          normalRange: { low: 5.5, high: 6.5 },
          alarms: { lowLow: 4.5, low: 5, deadband: 0.1, priority: 'high' },
          spec: { characteristic: 'grip', lower: 5, target: 6, upper: 7 },
          source: { connection: `${LINE}/plc`, protocol: 'modbus', address: 'input 0' },
        },
      ],
    });
  });

  test('says nothing of what the file does not say: absent is absent in the log', () => {
    const [temperature] = plant.assets[5]!.signals;
    expect(Object.keys(temperature!)).toEqual(['name', 'dataType', 'unit', 'role', 'source']);
    expect(Object.keys(plant.assets[5]!)).not.toContain('idealCycleTimeMs');
  });

  test("gives connections their settings as the protocol's schema parsed them", () => {
    expect(plant.connections).toEqual([
      { name: `${LINE}/plc`, protocol: 'modbus', settings: { host: '127.0.0.1', port: 1502, unit: 1, timeout: 2_000 } },
      {
        name: `${LINE}/broker`,
        protocol: 'mqtt',
        settings: { protocol: 'mqtt', url: 'mqtt://127.0.0.1', username: 'mill', password: 'hunter2' },
      },
      { name: `${LINE}/cell`, protocol: 'opcua', settings: { endpoint: 'opc.tcp://cell:4840' } },
    ]);
  });

  test('binds each signal to its own connection, else to that of its station', () => {
    expect(plant.bindings).toEqual([
      {
        signal: `${LINE}/s1:state`,
        asset: `${LINE}/s1`,
        connection: `${LINE}/plc`,
        address: { table: 'holding', register: 0, type: 'uint16' },
        intervalMs: 250,
        edge: {},
      },
      {
        signal: `${LINE}/s1:pressure`,
        asset: `${LINE}/s1`,
        connection: `${LINE}/plc`,
        address: { table: 'input', register: 0, type: 'float32' },
        intervalMs: 1_000,
        edge: { scale: 0.1, offset: -1, deadband: 0.02, minIntervalMs: 100, heartbeatMs: 10_000 },
      },
      {
        signal: `${LINE}/s2:zone-1-temperature`,
        asset: `${LINE}/s2`,
        connection: `${LINE}/cell`,
        address: { node: 'ns=2;s=Oven.Zone1' },
        intervalMs: 1_000,
        edge: {},
      },
      {
        signal: `${LINE}/s2:result`,
        asset: `${LINE}/s2`,
        connection: `${LINE}/broker`,
        address: { topic: 'acme/s2/result', path: 'pass', qos: 1 },
        intervalMs: 1_000,
        edge: {},
      },
    ]);
  });

  test('gives the virtual devices what the simulation blocks say', () => {
    expect(plant.simulations).toEqual([
      {
        seed: 42,
        line: LINE,
        stations: [
          {
            asset: `${LINE}/s1`,
            cycleTime: { mean: 8_000 },
            buffer: 4,
            parallel: 1,
            scrapRate: 0,
            signals: { pressure: { mean: 6, sd: 0.1, per: 'time' } },
          },
        ],
      },
    ]);
  });

  test('keeps credentials out of what readers see', () => {
    expect(JSON.stringify(plant.connections)).toContain('hunter2');
    expect(JSON.stringify([plant.assets, plant.bindings, plant.simulations])).not.toMatch(/hunter2|mill"/);
  });
});

describe('what a plant file may leave out', () => {
  test('a connection may be there before a signal uses it', () => {
    const text = PLANT_TEXT.replace(
      'connections:',
      "connections:\n  spare: { protocol: opcua, endpoint: 'opc.tcp://spare' }",
    );
    const { connections, bindings } = plantOf([text]);
    expect(connections[0]).toMatchObject({ name: `${LINE}/spare` });
    expect(bindings.filter((b) => b.connection === `${LINE}/spare`)).toEqual([]);
  });

  test('a line without simulation blocks is not simulated, and a station needs no signals', () => {
    const bare = PLANT_TEXT.slice(0, PLANT_TEXT.indexOf('    connection: plc'));
    const { simulations, assets } = plantOf([bare.replace(', simulation: { seed: 42 }', '')]);
    expect(simulations).toEqual([]);
    expect(assets.at(-1)).toMatchObject({ asset: `${LINE}/s1`, signals: [] });
  });
});

describe('several plant files', () => {
  const second = PLANT_TEXT.replace('id: bonding', 'id: painting').replace(', name: Acme Adhesives', '');
  const elsewhere = PLANT_TEXT.replace('id: hamburg', 'id: bremen, name: Bremen works');

  test('share the enterprise, site and area that have the same ids', () => {
    const { assets } = plantOf([second, PLANT_TEXT, elsewhere]);
    expect(
      assets.filter((a) => a.type === 'group').map(({ asset, name, children }) => [asset, name, children]),
    ).toEqual([
      ['acme', 'Acme Adhesives', ['acme/hamburg', 'acme/bremen']],
      ['acme/hamburg', 'hamburg', ['acme/hamburg/assembly']],
      ['acme/bremen', 'Bremen works', ['acme/bremen/assembly']],
      ['acme/hamburg/assembly', 'Assembly hall', ['acme/hamburg/assembly/painting', LINE]],
      ['acme/bremen/assembly', 'Assembly hall', ['acme/bremen/assembly/bonding']],
    ]);
  });

  test('put each parent before its children, and no asset or connection twice', () => {
    const { assets, connections, bindings } = plantOf([PLANT_TEXT, second, elsewhere]);
    const seen = new Set<string | undefined>([undefined]);
    for (const { asset, parent } of assets) {
      expect(seen).toContain(parent);
      seen.add(asset);
    }
    expect(new Set(assets.map((a) => a.asset)).size).toBe(assets.length);
    expect(new Set(connections.map((c) => c.name)).size).toBe(9);
    expect(new Set(bindings.map((b) => b.signal)).size).toBe(12);
  });
});

describe('the environment', () => {
  const port = (env: Record<string, string | undefined>): unknown =>
    (plantOf([PLANT_TEXT], { ...ENV, ...env }).connections[0]!.settings as { port: unknown }).port;

  test('fills in numbers, and the default where a variable is not set or empty', () => {
    expect(port({ PLC_PORT: '503' })).toBe(503);
    expect(port({ PLC_PORT: '' })).toBe(1502);
    expect(port({})).toBe(1502);
  });

  test('leaves text that looks like a number as text where text is wanted', () => {
    const { connections } = plantOf([PLANT_TEXT], { MQTT_PASSWORD: '4711' });
    expect(connections[1]!.settings).toMatchObject({ password: '4711' });
  });

  test('cannot add structure or move a line', () => {
    const evil = 'x }\n  more: { protocol: modbus, host: evil }\n#';
    const { connections } = plantOf([PLANT_TEXT], { MQTT_PASSWORD: evil });
    expect(connections.map((c) => c.name)).toEqual([`${LINE}/plc`, `${LINE}/broker`, `${LINE}/cell`]);
    expect(connections[1]!.settings).toMatchObject({ password: evil });
    const [problem] = problemsOf(PLANT_TEXT.replace('unit: Cel', 'unit: Celsius'), { MQTT_PASSWORD: evil });
    expect(problem).toMatchObject({ line: 41, code: 'wrong-unit' });
  });

  test('is named in the problem when a variable is not set', () => {
    expect(problemsOf(PLANT_TEXT, {})).toEqual([
      {
        file: 'line-1.yaml',
        line: 8,
        column: 80,
        field: 'connections.broker.password',
        code: 'missing-variable',
        message: 'environment variable MQTT_PASSWORD is not set; set it, or write a default: ${MQTT_PASSWORD:-value}',
      },
    ]);
  });

  test('never shows its values in a problem', () => {
    const text = PLANT_TEXT.replace('127.0.0.1, port', "'${HOST}', port").replace("'mqtt://127.0.0.1'", "'${URL}'");
    const problems = problemsOf(text, { ...ENV, PLC_PORT: 'top-secret', HOST: 'h', URL: 'http://me:top-secret@b' });
    expect(problems.map((p) => p.line)).toEqual([7, 8]);
    expect(JSON.stringify(problems)).not.toContain('top-secret');
  });
});

describe('the text of a plant file', () => {
  test('may end its lines as Windows does, and begin with a byte order mark', () => {
    const windows = `\uFEFF${PLANT_TEXT.replaceAll('\n', '\r\n')}`;
    expect(plantOf([windows])).toEqual(plantOf([PLANT_TEXT]));
    expect(problemsOf(windows.replace('unit: Cel', 'unit: Celsius'))).toMatchObject([{ line: 41, column: 15 }]);
  });

  test('may share what repeats by anchors and merge keys', () => {
    const shared = PLANT_TEXT.replace('connection: plc', 'connection: &c plc').replace(
      'connection: cell',
      'connection: *c',
    );
    const text = shared
      .replace('edge: {', 'edge: &slow {')
      .replace(
        '{ node: ns=2;s=Oven.Zone1 }',
        '{ table: input, register: 4, type: float32 }\n        edge: { <<: *slow, deadband: 1 }',
      );
    expect(plantOf([text]).bindings[2]).toMatchObject({
      connection: `${LINE}/plc`,
      edge: { scale: 0.1, offset: -1, deadband: 1, minIntervalMs: 100, heartbeatMs: 10_000 },
    });
  });

  test('is refused in a sentence when it is nested too deeply or its aliases multiply', () => {
    expect(problemsOf('['.repeat(50_000))).toMatchObject([{ code: 'yaml-syntax', line: 1 }]);
    const bomb = ['a: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 8; i++)
      bomb.push(
        `b${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    expect(problemsOf(bomb.join('\n'))).toMatchObject([{ code: 'yaml-syntax' }]);
  });
});
