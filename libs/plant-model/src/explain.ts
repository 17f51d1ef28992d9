import type { z } from 'zod';
import { choicesOf, expectation, isOurs, isPlain, isSentence, quotesAdvice } from './expectation.js';
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
  const value = checked.source.at(pathOf(checked, issue));
  const form = issue.code === 'invalid_union' && choicesOf(issue) === undefined ? nearestForm(issue) : undefined;
  if (form !== undefined && !(isPlain(value) && isOurs(issue))) return form.forEach((inner) => explain(checked, inner));
  if (value === undefined) return explainMissing(checked, issue);
  explainWrong(checked, issue, value);
};

const pathOf = ({ base }: Checked, issue: Issue): Path => [...base, ...(issue.path as Path)];

/** Of several forms that all do not fit, the findings about the one that comes nearest; clearly so, where the schema has words of its own. */
const nearestForm = (issue: z.core.$ZodIssueInvalidUnion): Issue[] | undefined => {
  const [best, second] = issue.errors.toSorted((x, y) => x.length - y.length);
  if (best === undefined || (isOurs(issue) && best.length === second?.length)) return undefined;
  return best.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
};

const explainUnknown = (checked: Checked, issue: z.core.$ZodIssueUnrecognizedKeys): void => {
  const { source, schema, base } = checked;
  const path = pathOf(checked, issue);
  const there = source.at(path) as object;
  const free = knownFields(schema, source.at(base), issue.path as Path).filter((name) => !Object.hasOwn(there, name));
  for (const key of issue.keys) {
    const meant = nearest(key, free);
    const list = free.length > 0 ? `known here: ${free.join(', ')}` : 'remove it';
    const advice = meant === undefined ? list : `did you mean "${meant}"?`;
    source.report([...path, key], 'unknown-field', `unknown field; ${advice}`, 'key');
  }
};

const explainMissing = (checked: Checked, issue: Issue): void => {
  const about = meaning(checked.schema, checked.source.at(checked.base), issue.path as Path);
  const wanted = `is missing; add it: expected ${expectation(issue)}${about === undefined ? '' : ` (${about})`}`;
  const message = isSentence(issue) ? issue.message : wanted;
  checked.source.report(pathOf(checked, issue), 'missing-field', message, 'key');
};

const explainWrong = (checked: Checked, issue: Issue, value: unknown): void => {
  const { source } = checked;
  const path = pathOf(checked, issue);
  const report = (code: PlantProblemCode, message: string): void =>
    source.report(path, code, message, isPlain(value) ? 'value' : 'key');
  if (isSentence(issue)) return report('wrong-value', issue.message);
  const expected = expectation(issue);
  if (value === null) return report('wrong-type', `is empty; expected ${expected}`);
  const choices = (choicesOf(issue) ?? []).map(String);
  const meant = isPlain(value) && !choices.includes(String(value)) ? nearest(String(value), choices) : undefined;
  const hint = meant === undefined ? '' : `did you mean "${meant}"? `;
  // A form that a schema describes in its own words needs no "got a map" after it.
  const got = !isPlain(value) && isOurs(issue) ? '' : `, got ${quoted(source, path)}`;
  const code = issue.code === 'invalid_type' ? 'wrong-type' : 'wrong-value';
  report(code, `${hint}expected ${expected}${got}${quotesAdvice(issue, value)}`);
};

const SECRET = /password|passphrase|secret|token|credential|privatekey/i;

/** The value for people: never a secret, and of one from the environment only what the file says. */
const quoted = (source: PlantSource, path: Path): string => {
  const value = source.at(path);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a map of fields';
  if (path.some((step) => typeof step === 'string' && SECRET.test(step))) return `a ${typeof value} (not shown)`;
  const template = source.template(path);
  if (template !== undefined) return `what the environment puts into "${shown(template)}"`;
  return typeof value === 'string' ? `"${shown(value)}"` : String(value);
};

/** Without the credentials of a URL, and not longer than a line bears. */
const shown = (text: string): string => {
  const safe = text.replace(/\/\/[^/@]*@/g, '//…@');
  return safe.length > 60 ? `${safe.slice(0, 60)}…` : safe;
};
