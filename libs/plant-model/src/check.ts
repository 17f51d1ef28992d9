import type { z } from 'zod';
import { explain } from './explain.js';
import type { PlantSource } from './plant-source.js';
import type { Path } from './problem.js';

/**
 * Checks the value at a path against a schema and reports every problem. Text that came from the environment counts as the
 * number or boolean it spells where the schema wants one. `without` names fields of the value that are not the schema's.
 */
export const check = (
  source: PlantSource,
  schema: z.core.$ZodType,
  base: Path,
  without: readonly string[] = [],
): void => {
  const issues = (): readonly z.core.$ZodIssue[] =>
    (schema as z.ZodType).safeParse(leaveOut(source.at(base), without)).error?.issues ?? [];
  let found = issues();
  if (found.flatMap(scalarPaths).filter((path) => source.retype([...base, ...path])).length > 0) found = issues();
  for (const issue of found) explain({ source, schema, base }, issue);
};

/** The value without some of its fields; any other value than a map as it is. */
export const leaveOut = (value: unknown, fields: readonly string[]): unknown =>
  fields.length === 0 || typeof value !== 'object' || value === null || Array.isArray(value)
    ? value
    : Object.fromEntries(Object.entries(value).filter(([name]) => !fields.includes(name)));

/** Where a number or boolean was expected and something else was found. */
const scalarPaths = (issue: z.core.$ZodIssue): Path[] => {
  const path = issue.path as Path;
  if (issue.code === 'invalid_union')
    return issue.errors
      .flat()
      .flatMap((inner) => scalarPaths({ ...inner, path: [...path, ...inner.path] } as z.core.$ZodIssue));
  const wanted =
    issue.code === 'invalid_type'
      ? ['number', 'int', 'boolean'].includes(issue.expected)
      : issue.code === 'invalid_value' && issue.values.some((v) => typeof v !== 'string');
  return wanted ? [path] : [];
};
