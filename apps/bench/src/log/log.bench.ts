import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Metrics } from '../bench.js';
import { filesystemOf } from './filesystem.js';
import { ours } from './ours.js';
import { appendRound, readRound, type Figures } from './phases.js';
import { rawFile } from './raw-file.js';
import { rawSqlite, rawSqliteInThread, rawSqliteWorker } from './raw-subjects.js';
import { printTable } from './table.js';
import type { OpenSubject, Subject } from './workload.js';

const SUBJECTS: readonly Subject[] = [ours, rawSqliteWorker, rawSqliteInThread, rawSqlite, rawFile];

/** The embedded log beside raw SQLite and a raw file, every append durable, on the same disk in the same run. */
export const log: Bench = {
  name: 'log',
  options: { dir: '.bench', rounds: '2', scale: '0.6' },
  run: async ({ dir, rounds, scale }) => {
    mkdirSync(dir!, { recursive: true });
    const folder = mkdtempSync(join(dir!, 'log-'));
    try {
      console.log(`embedded log and references in ${folder} (${filesystemOf(folder)}), fsync for every commit`);
      const results = await measure(folder, Number(rounds), { scale: Number(scale) });
      printTable(results);
      const { [ours.name]: own, ...reference } = results;
      return { ours: own!, reference };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Each round goes through all subjects, so that what else the machine does meets them all; the median of the rounds counts. */
const measure = async (
  folder: string,
  rounds: number,
  scale: { readonly scale: number },
): Promise<Record<string, Metrics>> => {
  const open: { readonly name: string; readonly subject: OpenSubject; readonly figures: Figures[] }[] = [];
  for (const { name, open: opener } of SUBJECTS) {
    const own = join(folder, name);
    mkdirSync(own);
    open.push({ name, subject: await opener(own), figures: [] });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { subject, figures } of open) figures.push(await appendRound(subject, scale));
    for (const { subject, figures } of open) Object.assign(figures[round]!, await readRound(subject, scale));
  }
  const results: Record<string, Metrics> = {};
  for (const { name, subject, figures } of open) {
    const { bytes, events } = await subject.close();
    if (events === 0) throw new Error(`${name} has stored nothing; the benchmark is wrong`);
    results[name] = {
      ...medians(figures),
      events_per_mb: events / (bytes / 1_000_000),
      mb_per_million_events: bytes / events,
    };
  }
  return results;
};

export const medians = (figures: readonly Figures[]): Metrics =>
  Object.fromEntries(
    Object.keys(figures[0]!).map((key) => {
      const values = figures.map((f) => f[key]!).sort((a, b) => a - b);
      const middle = values.length / 2;
      const median =
        values.length % 2 === 1 ? values[Math.floor(middle)]! : (values[middle - 1]! + values[middle]!) / 2;
      return [key, key.endsWith('_ms') ? Math.round(median * 1_000) / 1_000 : Math.round(median)];
    }),
  );
