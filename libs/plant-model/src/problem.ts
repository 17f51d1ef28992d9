/** A place in the content of a plant file: keys of maps and indexes of lists. */
export type Path = readonly (string | number)[];

/** What can be wrong with a plant file: a closed set, for tools that sort or explain problems. */
export type PlantProblemCode =
  | 'yaml-syntax'
  | 'duplicate-key'
  | 'empty-file'
  | 'missing-variable'
  | 'unknown-field'
  | 'missing-field'
  | 'wrong-type'
  | 'wrong-value'
  | 'wrong-name'
  | 'wrong-unit'
  | 'duplicate-id'
  | 'name-clash'
  | 'missing-connection'
  | 'dangling-connection'
  | 'duplicate-role'
  | 'states'
  | 'not-numeric'
  | 'limits-order';

/** One thing to repair in one place of one plant file. */
export interface PlantProblem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
  /** Where in the plant: `stations[s4].signals.belt-speed.unit`; empty for the file as a whole. */
  readonly field: string;
  readonly code: PlantProblemCode;
  /** What was expected, what was found, what to do; holds no secrets. */
  readonly message: string;
}

/** `plant.yaml:12:15 stations[s4].signals.belt-speed.unit: "rpm" is not a UCUM unit; …` */
export const formatProblem = ({ file, line, column, field, message }: PlantProblem): string =>
  `${file}:${line}:${column} ${field === '' ? '' : `${field}: `}${message}`;
