import type { Metrics } from '../bench.js';

/** A line a metric, a column a system. */
export const printTable = (results: Readonly<Record<string, Metrics>>): void => {
  const names = Object.keys(results);
  const metrics = [...new Set(names.flatMap((name) => Object.keys(results[name]!)))];
  const width = Math.max(...metrics.map((metric) => metric.length));
  console.log(['metric'.padEnd(width), ...names.map((name) => name.padStart(20))].join(' '));
  for (const metric of metrics) {
    const values = names.map(
      (name) => results[name]![metric]?.toLocaleString('en', { maximumFractionDigits: 2 }) ?? '–',
    );
    console.log([metric.padEnd(width), ...values.map((value) => value.padStart(20))].join(' '));
  }
};
