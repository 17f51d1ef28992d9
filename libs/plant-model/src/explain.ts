import type { z } from 'zod';
import type { PlantSource } from './plant-source.js';
import type { Path, PlantProblemCode } from './problem.js';
import { knownFields, meaning } from './schema-walk.js';
import { nearest } from './suggest.js';

type Issue = z.core.$ZodIssue;

/** What a value was checked against, and where it stands. */
export interface Checked {
  readonly source: PlantSource;
  readonly schema: z.core.$ZodType;
  /** Path of the checked value in the file. */
  readonly base: Path;
}

/** Turns one finding of zod into problems that say what was expected, what was found and what to do. */
export const explain = (checked: Checked, issue: Issue): void => {
  if (issue.code === 'unrecognized_keys') return explainUnknown(checked, issue);
  const form = issue.code === 'invalid_union' ? nearestForm(issue) : undefined;
  const value = valueAt(checked, issue);
  if (form !== undefined && (typeof value === 'object' || !isOurs(issue)))
    return form.forEach((inner) => explain(checked, inner));
  if (value === undefined) return explainMissing(checked, issue);
  explainWrong(checked, issue, value);
};

const pathOf = ({ base }: Checked, issue: Issue): Path => [...base, ...(issue.path as Path)];
const valueAt = (checked: Checked, issue: Issue): unknown => checked.source.at(pathOf(checked, issue));
/** Messages that a schema gives itself begin in lower case; zod's own ones do not. */
const isOurs = (issue: Issue): boolean => /^[^A-Z]/.test(issue.message);
/** A sentence that says it all, such as a rule between two fields of an address. */
const isSentence = (issue: Issue): boolean => isOurs(issue) && !issue.message.startsWith('expected ');

const explainMissing = (checked: Checked, issue: Issue): void => {
  const about = meaning(checked.schema, checked.source.at(checked.base), issue.path as Path);
  const wanted = isSentence(issue) ? issue.message : `is missing; add it: expected ${expectation(issue)}`;
  checked.source.report(
    pathOf(checked, issue),
    'missing-field',
    about === undefined ? wanted : `${wanted} (${about})`,
    'key',
  );
};

const explainWrong = (checked: Checked, issue: Issue, value: unknown): void => {
  const { source } = checked;
  const path = pathOf(checked, issue);
  const report = (code: PlantProblemCode, message: string): void =>
    source.report(path, code, message, isPlain(value) ? 'value' : 'key');
  if (isSentence(issue)) return report('wrong-value', issue.message);
  const expected = expectation(issue);
  if (value === null) return report('wrong-type', `is empty; expected ${expected}`);
  const meant = isPlain(value) ? nearest(String(value), choicesOf(issue) ?? []) : undefined;
  const hint = meant === undefined ? '' : `did you mean "${meant}"? `;
  const code = issue.code === 'invalid_type' ? 'wrong-type' : 'wrong-value';
  // A form that a schema describes in its own words needs no "got a map" after it.
  const got = !isPlain(value) && isOurs(issue) ? '' : `, got ${quoted(source, path)}`;
  report(code, `${hint}expected ${expected}${got}${advice(issue, value)}`);
};

const isPlain = (value: unknown): boolean => typeof value !== 'object' || value === null;

const explainUnknown = ({ source, schema, base }: Checked, issue: z.core.$ZodIssueUnrecognizedKeys): void => {
  const known = knownFields(schema, source.at(base), issue.path as Path);
  const there = source.at([...base, ...(issue.path as Path)]) as object;
  const free = known.filter((name) => !Object.hasOwn(there, name));
  for (const key of issue.keys) {
    const meant = nearest(key, free);
    const advice =
      meant !== undefined
        ? `did you mean "${meant}"?`
        : free.length > 0
          ? `known here: ${free.join(', ')}`
          : 'remove it';
    source.report([...base, ...(issue.path as Path), key], 'unknown-field', `unknown field; ${advice}`, 'key');
  }
};

/** Of several forms that all do not fit, the findings about the one that clearly comes nearest. */
const nearestForm = (issue: z.core.$ZodIssueInvalidUnion): Issue[] | undefined => {
  const [best, second] = issue.errors.toSorted((x, y) => x.length - y.length);
  if (best === undefined || (isOurs(issue) && best.length === second?.length)) return undefined;
  return best.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
};

const TYPE_NAMES: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of fields',
  record: 'a map of names',
  nonoptional: 'a value',
};

const choicesOf = (issue: Issue): string[] | undefined => {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  const options = issue.code === 'invalid_union' ? (issue as { options?: readonly unknown[] }).options : undefined;
  return options?.map(String);
};

const expectation = (issue: Issue): string => {
  if (isOurs(issue)) return issue.message.replace(/^expected /, '');
  const choices = choicesOf(issue);
  if (choices !== undefined) return choices.length === 1 ? choices[0]! : `one of ${choices.join(', ')}`;
  switch (issue.code) {
    case 'invalid_type':
      return TYPE_NAMES[issue.expected] ?? issue.expected;
    case 'too_small':
      return bound(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum);
    case 'too_big':
      return bound(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum);
    default:
      return issue.message.replace(/^Invalid input: expected /, '');
  }
};

const bound = (origin: string, words: string, limit: number | bigint): string => {
  const things = { string: ' characters', array: ' items' }[origin] ?? '';
  return `${words} ${limit}${Number(limit) === 1 ? things.replace(/s$/, '') : things}`;
};

const SECRET = /password|passphrase|secret|token|credential|privatekey/i;

/** The value for people: as written when it came from the environment, never a secret. */
const quoted = (source: PlantSource, path: Path): string => {
  const value = source.at(path);
  const template = source.template(path);
  if (template !== undefined) return `what the environment puts into "${template}"`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a map of fields';
  if (path.some((step) => typeof step === 'string' && SECRET.test(step))) return `a ${typeof value} (not shown)`;
  const text = typeof value === 'string' ? value.replace(/\/\/[^/@]*@/, '//…@') : String(value);
  const cut = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return typeof value === 'string' ? `"${cut}"` : cut;
};

const advice = (issue: Issue, value: unknown): string => {
  if (issue.code !== 'invalid_type' || isOurs(issue)) return '';
  if (issue.expected === 'string' && typeof value !== 'object') return '; put quotes around it';
  if (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)))
    return '; write it without quotes';
  return '';
};
