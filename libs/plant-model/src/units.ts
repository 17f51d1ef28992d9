import { ucum } from '@atomic-ehr/ucum';

/** What people write on a shop floor, and its UCUM code. */
const UCUM_BY_HABIT = new Map(
  Object.entries({
    '°C': 'Cel',
    degC: 'Cel',
    celsius: 'Cel',
    '°F': '[degF]',
    degF: '[degF]',
    '°': 'deg',
    rpm: '{rev}/min',
    'U/min': '{rev}/min',
    'r/min': '{rev}/min',
    sec: 's',
    hr: 'h',
    psi: '[psi]',
    ppm: '[ppm]',
    in: '[in_i]',
    inch: '[in_i]',
    lb: '[lb_av]',
    kWh: 'kW.h',
    Wh: 'W.h',
    Nm: 'N.m',
    pcs: '{pcs}',
    parts: '{parts}',
    ohm: 'Ohm',
  }).map(([habit, code]) => [habit.toLowerCase(), code]),
);

const ASCII = { µ: 'u', μ: 'u', '²': '2', '³': '3', '·': '.', '⋅': '.', '*': '.', Ω: 'Ohm' } as const;

const isUcum = (text: string): boolean => {
  // The library trims, and finds names of Object.prototype among its units.
  if (/\s/.test(text) || text.split(/[^A-Za-z]/).some((name) => name in Object.prototype)) return false;
  try {
    return ucum.validate(text).valid;
  } catch {
    return false; // it throws on characters outside ASCII
  }
};

const inUcum = (text: string): string | undefined => {
  const habit = UCUM_BY_HABIT.get(text.trim().toLowerCase());
  if (habit !== undefined) return habit;
  const ascii = text.trim().replace(/[µμ²³·⋅*Ω]/g, (c) => ASCII[c as keyof typeof ASCII]);
  return ascii !== text && isUcum(ascii) ? ascii : undefined;
};

/** What is wrong with a unit and what to write instead; undefined for a valid UCUM code. */
export const unitProblem = (text: string): string | undefined => {
  if (isUcum(text)) return undefined;
  const meant = inUcum(text);
  const advice =
    meant === undefined ? 'write a code such as Cel, bar, m/min, % or {parts} (ucum.org)' : `write "${meant}"`;
  return `"${text}" is not a UCUM unit; ${advice}`;
};
