import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

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

/** Messages that a schema gives itself begin in lower case; zod's own ones do not. */
export const isOurs = (issue: Issue): boolean => /^[^A-Z]/.test(issue.message);

/** A sentence that says it all, such as a rule between two fields of an address. */
export const isSentence = (issue: Issue): boolean => isOurs(issue) && !issue.message.startsWith('expected ');

export const isPlain = (value: unknown): boolean => typeof value !== 'object' || value === null;

/** What may be written, where the schema lists it: an enum, a discriminator, a union of literals. */
export const choicesOf = (issue: Issue): readonly z.core.util.Primitive[] | undefined => {
  if (issue.code === 'invalid_value') return issue.values;
  if (issue.code !== 'invalid_union') return undefined;
  const { options } = issue as { options?: readonly z.core.util.Primitive[] };
  if (options !== undefined) return options;
  const literals = issue.errors.map(([first]) =>
    first?.code === 'invalid_value' && first.path.length === 0 ? first.values : undefined,
  );
  return literals.length > 0 && literals.every((values) => values !== undefined) ? literals.flat() : undefined;
};

/** What the schema wants, to stand after "expected". */
export const expectation = (issue: Issue): string => {
  if (isOurs(issue)) return issue.message.replace(/^expected /, '');
  const choices = choicesOf(issue);
  if (choices !== undefined) return `${choices.length === 1 ? '' : 'one of '}${choices.map(String).join(', ')}`;
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

/** What to do about a value that only YAML took for another type. */
export const quotesAdvice = (issue: Issue, value: unknown): string => {
  if (isOurs(issue) || !isPlain(value)) return '';
  const choice = choicesOf(issue)?.find((c) => String(c) === String(value));
  const wanted = issue.code === 'invalid_type' ? issue.expected : typeof choice;
  if (wanted === 'string') return typeof value === 'string' ? '' : '; put quotes around it';
  const isNumeric = typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value));
  return isNumeric && ['number', 'int'].includes(wanted) ? '; write it without quotes' : '';
};
