import { createReadStream, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { NewRecord } from '@millwright/event-store';
import type { Subject } from './workload.js';

const encode = (stream: number, { id, type, metadata, data }: NewRecord): Buffer => {
  const body = Buffer.from(`${stream}\t${id}\t${type}\t${metadata as string}\t${data as string}`);
  const framed = Buffer.allocUnsafe(4 + body.length);
  framed.writeUInt32LE(body.length);
  body.copy(framed, 4);
  return framed;
};

/** Records one after the other in a file, with fdatasync for each group: the limit of the disk. */
export const rawFile: Subject = {
  name: 'raw-file',
  open: async (folder) => {
    const path = join(folder, 'raw.log');
    const file = await open(path, 'w');
    let waiting: { readonly bytes: Buffer; readonly resolve: () => void }[] = [];
    let writing = false;
    let events = 0;
    const run = async (): Promise<void> => {
      if (writing) return;
      writing = true;
      while (waiting.length > 0) {
        const group = waiting;
        waiting = [];
        await file.write(Buffer.concat(group.map(({ bytes }) => bytes)));
        await file.datasync();
        for (const { resolve } of group) resolve();
      }
      writing = false;
    };
    return {
      append: (stream, records) =>
        new Promise<void>((resolve) => {
          events += records.length;
          waiting.push({ bytes: Buffer.concat(records.map((record) => encode(stream, record))), resolve });
          queueMicrotask(() => void run());
        }),
      readAll: (limit) => readFrames(path, limit),
      close: async () => {
        await file.close();
        return { bytes: statSync(path).size, events };
      },
    };
  },
};

const readFrames = async (path: string, limit: number): Promise<number> => {
  let rest: Buffer = Buffer.alloc(0);
  let n = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    const bytes = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    let at = 0;
    while (at + 4 <= bytes.length && n < limit) {
      const length = bytes.readUInt32LE(at);
      if (at + 4 + length > bytes.length) break;
      n += bytes.toString('utf8', at + 4, at + 4 + length).split('\t').length === 5 ? 1 : 0;
      at += 4 + length;
    }
    if (n === limit) return n;
    rest = bytes.subarray(at);
  }
  return n;
};
