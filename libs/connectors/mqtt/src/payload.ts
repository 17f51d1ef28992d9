/** Messages beyond this are no samples, bytes. */
export const MAX_PAYLOAD_BYTES = 1024 * 1024;

/** `a.b.0` in steps. */
export type JsonPath = readonly string[];

export const jsonPath = (text: string): JsonPath => text.split('.');

/** The value at the path; undefined where the message has none. Only own fields count. */
export const valueAt = (json: unknown, path: JsonPath): unknown => {
  let value = json;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  return value;
};

/** The message as JSON, or undefined when it is none. */
export const parseJson = (text: string): { readonly json: unknown } | undefined => {
  try {
    return { json: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
};

const ISO_WITH_ZONE = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$/;

/** Epoch milliseconds of a timestamp in a message; NaN, which the pipeline refuses, when it is neither a number nor ISO 8601 with a zone. */
export const timeOf = (value: unknown): number => {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && ISO_WITH_ZONE.test(value) ? Date.parse(value) : Number.NaN;
};
