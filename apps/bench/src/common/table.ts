import type { Metrics } from '../bench.js';

/** A line for each figure, a column for each system. */
export const table = (title: string, columns: ReadonlyMap<string, Metrics>): string => {
  const names = [...columns.keys()];
  const metrics = [...new Set([...columns.values()].flatMap((figures) => Object.keys(figures)))];
  const rows = metrics.map((metric) => [metric, ...names.map((name) => format(columns.get(name)![metric]))]);
  const all = [[title, ...names], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[i]!))).join('  ');
  return all.map(line).join('\n');
};

const format = (value: number | undefined): string =>
  value?.toLocaleString('en', { maximumFractionDigits: value < 10 ? 3 : value < 1_000 ? 1 : 0 }) ?? '–';
