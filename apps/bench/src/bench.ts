/** Named figures of one system; the unit is the last part of each name. */
export type Metrics = Readonly<Record<string, number>>;

export interface Bench {
  readonly name: string;
  /** Options with their defaults, given as `--name value`. */
  readonly options: Readonly<Record<string, string>>;
  /** Metrics of which less is better: their ratio is reference / ours, so that above 1 is better for ours. */
  readonly lessIsBetter?: readonly string[];
  /** Measures ours and the references in the same run, and prints a table. */
  run(
    options: Readonly<Record<string, string>>,
  ): Promise<{ readonly ours: Metrics; readonly reference: Readonly<Record<string, Metrics>> }>;
}

/** ours / reference for each figure that both have (reference / ours where less is better); 0/0 is 1, x/0 is null in JSON. */
export const ratios = (ours: Metrics, reference: Metrics, lessIsBetter: readonly string[] = []): Metrics =>
  Object.fromEntries(
    Object.keys(ours)
      .filter((key) => key in reference)
      .map((key) => {
        const [a, b] = lessIsBetter.includes(key) ? [reference[key]!, ours[key]!] : [ours[key]!, reference[key]!];
        return [key, a === b ? 1 : Math.round((a / b) * 1_000) / 1_000];
      }),
  );

/** The line that a bench ends with, for programs. */
export const resultLine = (
  bench: Pick<Bench, 'name' | 'lessIsBetter'>,
  ours: Metrics,
  reference: Readonly<Record<string, Metrics>>,
): string => {
  const ratio = Object.fromEntries(
    Object.entries(reference).map(([who, metrics]) => [who, ratios(ours, metrics, bench.lessIsBetter)]),
  );
  return JSON.stringify({ bench: bench.name, ours, reference, ratio });
};

/** Something that the one who started the benchmark can mend. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** An option that is a number above 0. */
export const positive = (options: Readonly<Record<string, string>>, flag: string): number => {
  const value = Number(options[flag]);
  if (Number.isFinite(value) && value > 0) return value;
  throw new UsageError(`--${flag} is "${options[flag]}"; expected a number above 0`);
};
