import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadPlant, type PlantProblemCode } from './index.js';
import { ENV, PLANT_LINES } from './plant-text.fixture.js';
import { vocabulary } from './protocols.fixture.js';

/** One way to spoil a line of the sample plant; each spoils another line. */
interface Fault {
  readonly line: string;
  readonly spoilt: string;
  readonly code: PlantProblemCode;
}

const fault = (line: string, spoilt: string, code: PlantProblemCode): Fault => ({ line, spoilt, code });

const FAULTS: readonly Fault[] = [
  fault('millwright: 1', 'millwright: 2', 'wrong-value'),
  fault('enterprise: {', 'enterprise: { nmae: x, ', 'unknown-field'),
  fault('site: { id: hamburg', 'site: { id: Hamburg', 'wrong-value'),
  fault('area: { id: assembly', 'area: { id: 3', 'wrong-type'),
  fault('seed: 42', 'seed: 4.2', 'wrong-type'),
  fault('port:', 'prt:', 'unknown-field'),
  fault('${MQTT_PASSWORD}', '${MQTT_PASWORD}', 'missing-variable'),
  fault('cell: { protocol: opcua', 'cell: { protocol: opc-ua', 'wrong-value'),
  fault('name: Loader', 'name: [Loader]', 'wrong-type'),
  fault('type: station', 'type: stashun', 'wrong-value'),
  fault('connection: plc', 'connection: plcc', 'dangling-connection'),
  fault('idealCycleTime: 8 s', 'idealCycleTime: 8', 'wrong-type'),
  fault('staleAfter: 15 s', 'stale_after: 15 s', 'unknown-field'),
  fault('buffer: 4', 'buffer: -4', 'wrong-value'),
  fault('states: { 0: idle', 'states: { 0: idel', 'wrong-value'),
  fault('interval: 250 ms', 'dataType: integer', 'duplicate-key'),
  fault('unit: bar', 'unit: brr', 'wrong-unit'),
  fault('normalRange: { low: 5.5', 'normalRange: { low: 9', 'limits-order'),
  fault('alarms: { lowLow: 4.5', 'alarms: { lowLow: 5.5', 'limits-order'),
  fault('spec: { characteristic: grip', 'spec: { characteristic: grip, lowr: 1', 'unknown-field'),
  fault('edge: { scale: 0.1', 'edge: { scale: 0', 'wrong-value'),
  fault('- id: s2', '- id: s1', 'duplicate-id'),
  fault('zone-1-temperature:', 'zone_1_temperature:', 'wrong-name'),
  fault('unit: Cel', 'unit: °C', 'wrong-unit'),
  fault('role: part-result', 'role: part-result, x', 'wrong-value'),
  fault('dataType: boolean', 'dataType: bool', 'wrong-value'),
  fault('connection: broker', 'connection: brokers', 'dangling-connection'),
];

const lineOf = ({ line }: Fault): number => {
  const at = PLANT_LINES.flatMap((text, i) => (text.includes(line) ? [i] : []));
  if (at.length !== 1) throw new Error(`"${line}" must be in one line of the sample, is in ${at.length}`);
  return at[0]!;
};

/** The sample with some of its lines spoilt, and comments before some. */
const spoil = (faults: readonly Fault[], comments: readonly number[]) => {
  const text = [...PLANT_LINES];
  for (const each of faults) text[lineOf(each)] = text[lineOf(each)]!.replace(each.line, () => each.spoilt);
  const lines: string[] = [];
  const expected: string[] = [];
  for (const [i, line] of text.entries()) {
    for (let n = 0; n < (comments[i] ?? 0); n++) lines.push('# note');
    lines.push(line);
    for (const each of faults) if (lineOf(each) === i) expected.push(`${lines.length} ${each.code}`);
  }
  return { text: lines.join('\n'), expected };
};

test('any faults of any files are all reported, each at its own line, and nothing else is', { timeout: 60_000 }, () => {
  const someFaults = fc.subarray([...FAULTS]);
  const someComments = fc.array(fc.nat(2), { maxLength: PLANT_LINES.length });
  fc.assert(
    fc.property(fc.array(fc.tuple(someFaults, someComments), { minLength: 1, maxLength: 3 }), (spoilt) => {
      const files = spoilt.map(([faults, comments], i) => ({ name: `f${i}.yaml`, ...spoil(faults, comments) }));
      // Each file is a line of its own, in an area of its own, so that files have no problems with each other.
      const texts = files.map(({ name, text }, i) => ({
        file: name,
        text: text.replace('id: bonding', `id: bonding-${i}`),
      }));
      const loaded = loadPlant(texts, { ...vocabulary, env: ENV });
      const said = loaded.ok ? [] : loaded.problems.map((p) => `${p.file} ${p.line} ${p.code}`);
      expect(said).toEqual(files.flatMap(({ name, expected }) => expected.map((at) => `${name} ${at}`)));
      expect(loaded.ok).toBe(said.length === 0);
    }),
    { numRuns: 100 },
  );
});

test.each(FAULTS)('$spoilt is reported: $code', (each) => {
  const { text, expected } = spoil([each], []);
  const loaded = loadPlant([{ file: 'f', text }], { ...vocabulary, env: ENV });
  expect(loaded.ok ? [] : loaded.problems.map((p) => `${p.line} ${p.code}`)).toEqual(expected);
});
