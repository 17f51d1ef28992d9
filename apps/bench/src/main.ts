import { parseArgs } from 'node:util';
import { resultLine, UsageError, type Bench } from './bench.js';
import { ingest } from './ingest/ingest.bench.js';
import { log } from './log/log.bench.js';
import { wire } from './wire/wire.bench.js';

const BENCHES: readonly Bench[] = [ingest, log, wire];

const [name, ...args] = process.argv.slice(2);
const bench = BENCHES.find((b) => b.name === name);
if (!bench) {
  console.error(`usage: npm run bench -- <name>; there is: ${BENCHES.map((b) => b.name).join(', ')}`);
  process.exit(2);
}
const options = Object.fromEntries(
  Object.entries(bench.options).map(([flag, value]) => [flag, { type: 'string' as const, default: value }]),
);
const { values } = parseArgs({ args, options, strict: true });
try {
  const { ours, reference } = await bench.run(values as Record<string, string>);
  console.log(resultLine(bench, ours, reference));
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error);
  process.exit(error instanceof UsageError ? 2 : 1);
}
process.exit(0);
