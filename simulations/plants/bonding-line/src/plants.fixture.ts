import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import getPort from 'get-port';

export const DEMO_PLANT = join(import.meta.dirname, '../plant.yaml');

/** The demo plant's ports, all free just now, as its environment. */
export const demoPorts = async (): Promise<Record<string, string>> => ({
  BONDING_MODBUS_PORT: String(await getPort()),
  BONDING_MQTT_PORT: String(await getPort()),
  BONDING_OPCUA_PORT: String(await getPort()),
});

/** A plant file in a folder of its own, and how to remove it. */
export const plantFile = (text: string): { path: string; remove: () => void } => {
  const folder = mkdtempSync(join(tmpdir(), 'millwright-plant-'));
  const path = join(folder, 'line.yaml');
  writeFileSync(path, text);
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
};

/** A second line that shares nothing with the demo line but the code: other stations, roles, types, one device for two units. */
export const PACKING_LINE = `
millwright: 1
enterprise: { id: acme }
site: { id: hamburg }
area: { id: packing }
line: { id: packing-line }
connections:
  filler: { protocol: modbus, host: 127.0.0.1, port: '\${MODBUS}', unit: 1 }
  sealer: { protocol: modbus, host: 127.0.0.1, port: '\${MODBUS}', unit: 2 }
  scale: { protocol: opcua, endpoint: 'opc.tcp://127.0.0.1:\${OPCUA}' }
  broker: { protocol: mqtt, url: 'mqtt://127.0.0.1:\${MQTT}' }
stations:
  - id: fill
    type: station
    connection: filler
    simulation: { cycleTime: { mean: 4 s, sd: 0.5 s }, buffer: 2 }
    signals:
      running: { role: operating-state, dataType: boolean, states: { true: running, false: idle }, address: { table: coil, register: 7 } }
      weight:
        dataType: number
        unit: g
        address: { table: input, register: 20, type: int16, order: byte-swapped }
        edge: { scale: 0.1, offset: 100 }
        simulation: { mean: 500, sd: 0 }
  - id: seal
    type: station
    connection: sealer
    simulation: { cycleTime: { mean: 5 s, sd: 0.5 s }, buffer: 2, scrapRate: 0.3 }
    signals:
      good: { role: good-count, dataType: integer, address: { table: holding, register: 0, type: uint32, order: word-swapped } }
      scrap: { role: scrap-count, dataType: integer, address: { table: holding, register: 2, type: uint32 } }
      foil: { dataType: number, unit: m, address: { table: holding, register: 4, type: float32 }, simulation: { full: 100, perPart: 0.5, refillAt: 10 } }
  - id: weigh
    type: station
    connection: scale
    simulation: { cycleTime: { mean: 3 s, sd: 0.2 s }, buffer: 0 }
    signals:
      state: { role: operating-state, dataType: text, states: { R: running, W: starved, B: blocked, F: down }, address: { node: 'nsu=http://acme.example/scale;s=State' } }
      constant: { dataType: number, unit: g, normalRange: { low: 400, high: 600 }, address: { node: 'ns=3;i=17' } }
      passed: { role: part-result, dataType: boolean, connection: broker, address: { topic: packing/passed } }
`;
