import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { counted } from '../common/counted.js';
import { makeRecords, SMALLEST_PAYLOAD_BYTES } from '../common/records.js';
import { dbClient } from './db-client.js';
import { echo } from './echo.js';
import { ours } from './esdb-store.js';
import type { WireSubject } from './wire-store.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'millwright-bench-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe.each([ours, dbClient, echo].map((subject) => [subject.name, subject] as const))(
  '%s',
  (_, subject: WireSubject) => {
    test('appends, follows and reads over the wire, and what it keeps is what it acknowledged', async () => {
      const store = counted(await subject.open(folder));
      try {
        await store.append(0, makeRecords(100));
        const records = makeRecords(300);
        const seen: string[] = [];
        let tellAll: () => void = () => undefined;
        const all = new Promise<void>((resolve) => (tellAll = resolve));
        const stop = await store.follow((id) => {
          if (seen.push(id) === records.length) tellAll();
        });
        await Promise.all(records.map((record, n) => store.append(n % 3, [record])));
        await all;
        await stop();
        expect(seen.toSorted()).toEqual(records.map(({ id }) => id).toSorted());
        // A log ends; the echo goes on until its time is up.
        const until = performance.now() + (subject === echo ? 50 : 60_000);
        expect(await store.readAll(until)).toBeGreaterThanOrEqual(subject === echo ? 1 : 400);
        if (store.readStream) expect(await store.readStream(0, Infinity)).toBe(200);
        expect(store.serverCpuSeconds!()).toBeGreaterThan(0);
      } finally {
        await store.close();
      }
      if (subject.inspect) store.verify(subject.name, subject.inspect(folder), SMALLEST_PAYLOAD_BYTES);
      expect(subject.inspect === undefined).toBe(subject === echo);
    }, 60_000);
  },
);
