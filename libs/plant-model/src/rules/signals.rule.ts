import type { Cursor } from '../cursor.js';
import { parseDuration } from '../duration.js';
import { unitProblem } from '../units.js';
import { checkLimits } from './limits.rule.js';

/** Which data types a role can be read from. */
const DATA_TYPES_BY_ROLE: Readonly<Record<string, readonly string[]>> = {
  'operating-state': ['integer', 'text', 'boolean'],
  'good-count': ['integer', 'number'],
  'scrap-count': ['integer', 'number'],
  'part-result': ['boolean', 'text'],
};
const NUMERIC = ['number', 'integer'];
/** Fields that mean nothing for text and booleans. */
const NUMERIC_ONLY = [
  ['unit'],
  ['normalRange'],
  ['alarms'],
  ['spec'],
  ['edge', 'scale'],
  ['edge', 'offset'],
  ['edge', 'deadband'],
] as const;

/** What the fields of a signal must be to each other, and the signals of a station. */
export const checkSignals = (station: Cursor): void => {
  const holderOfRole = new Map<string, string>();
  for (const { name, entry: signal } of station.at('signals').entries) {
    checkRole(signal, name, holderOfRole);
    checkStates(signal);
    checkNumericOnly(signal);
    checkUnit(signal.at('unit'));
    checkLimits(signal);
    checkEdge(signal.at('edge'));
  }
};

const checkRole = (signal: Cursor, name: string, holderOfRole: Map<string, string>): void => {
  const role = signal.at('role');
  const dataType = signal.at('dataType');
  const types = DATA_TYPES_BY_ROLE[role.text ?? ''];
  if (role.text === undefined || types === undefined) return;
  const first = holderOfRole.get(role.text);
  if (first !== undefined)
    role.report(
      'duplicate-role',
      `signal "${first}" of this station has the role ${role.text} already; make this one a measurement or remove one`,
    );
  else holderOfRole.set(role.text, name);
  if (dataType.text !== undefined && KNOWN_TYPES.includes(dataType.text) && !types.includes(dataType.text)) {
    dataType.report('wrong-value', `role ${role.text} needs data type ${types.join(' or ')}, got ${dataType.text}`);
  }
};
const KNOWN_TYPES = [...NUMERIC, 'boolean', 'text'];

const checkStates = (signal: Cursor): void => {
  const states = signal.at('states');
  const role = signal.at('role');
  if (role.text === 'operating-state') {
    if (states.value === undefined)
      return states.report('states', `is missing; role operating-state needs it: ${STATES_EXAMPLE}`, 'key');
    if (states.value !== null && typeof states.value === 'object' && states.entries.length === 0)
      return states.report('states', `is empty; map each code of the device: ${STATES_EXAMPLE}`);
    return checkCodes(states, signal.at('dataType').text);
  }
  const isOther =
    role.value === undefined || role.text === 'measurement' || DATA_TYPES_BY_ROLE[role.text ?? ''] !== undefined;
  if (states.present && isOther)
    states.report('states', 'only role operating-state has states; add "role: operating-state" or remove them', 'key');
};
const STATES_EXAMPLE = '{ 0: idle, 1: running, … }';

/** Codes are compared as text with what the device sends, so they must look like its data type. */
const checkCodes = (states: Cursor, dataType: string | undefined): void => {
  const form = dataType === 'integer' ? /^-?\d+$/ : dataType === 'boolean' ? /^(true|false)$/ : /^/;
  for (const { name, entry } of states.entries) {
    if (!form.test(name))
      entry.report(
        'states',
        `"${name}" is no code of data type ${dataType}; write the code that the device sends`,
        'key',
      );
  }
};

const checkNumericOnly = (signal: Cursor): void => {
  const dataType = signal.at('dataType').text;
  if (dataType !== 'text' && dataType !== 'boolean') return;
  for (const steps of NUMERIC_ONLY) {
    const field = steps.reduce<Cursor>((at, step) => at.at(step), signal);
    if (field.present)
      field.report(
        'not-numeric',
        `means nothing for data type ${dataType}; remove it, or make the data type number or integer`,
        'key',
      );
  }
};

const checkUnit = (unit: Cursor): void => {
  const problem = unit.text === undefined || unit.text === '' ? undefined : unitProblem(unit.text);
  if (problem !== undefined) unit.report('wrong-unit', problem);
};

const checkEdge = (edge: Cursor): void => {
  const heartbeat = edge.at('heartbeat');
  const [beat, least] = [heartbeat, edge.at('minInterval')].map((at) => parseDuration(at.text ?? ''));
  if (beat !== undefined && least !== undefined && beat < least) {
    heartbeat.report(
      'limits-order',
      `expected at least minInterval (${edge.at('minInterval').text}), got ${heartbeat.text}; correct one of the two`,
    );
  }
};
