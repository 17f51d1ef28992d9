import { z } from 'zod';

const MS_BY_UNIT = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000 } as const;
const EXPECTED = 'expected a duration such as "500 ms", "2 s", "10 min" or "8 h"';
const DURATION = /^(\d+(?:\.\d+)?)\s*(ms|s|min|h)$/;

/** Milliseconds of a duration such as `250 ms`, `1.5 s`, `10 min`, `8 h`; undefined when the text is not one. */
export const parseDuration = (text: string): number | undefined => {
  const match = DURATION.exec(text);
  return match ? Number(match[1]) * MS_BY_UNIT[match[2] as keyof typeof MS_BY_UNIT] : undefined;
};

/** A duration in a plant file, as milliseconds. In the JSON Schema it is the text that people write. */
export const duration = z
  .string(EXPECTED)
  .regex(DURATION, EXPECTED)
  .transform((text) => parseDuration(text)!);
