/** Named figures of one system; the unit is the last part of each name. */
export type Metrics = Readonly<Record<string, number>>;

export interface Bench {
  readonly name: string;
  /** Options with their defaults, given as `--name value`. */
  readonly options: Readonly<Record<string, string>>;
  /** Measures ours and the references in the same run, and prints a table. */
  run(
    options: Readonly<Record<string, string>>,
  ): Promise<{ readonly ours: Metrics; readonly reference: Readonly<Record<string, Metrics>> }>;
}

/** ours / reference for each figure that both have; 0/0 is 1, x/0 is null in JSON. */
export const ratios = (ours: Metrics, reference: Metrics): Metrics =>
  Object.fromEntries(
    Object.keys(ours)
      .filter((key) => key in reference)
      .map((key) => [
        key,
        ours[key] === reference[key] ? 1 : Math.round((ours[key]! / reference[key]!) * 1_000) / 1_000,
      ]),
  );
