import { statSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { NewRecord } from '@millwright/event-store';
import { GroupCommit } from './group-commit.js';
import type { Keeper } from './log-store.js';

const pathIn = (folder: string): string => join(folder, 'raw.log');

/** One record after the other, each behind its length, with one fdatasync a group: what the disk and a file system can do. */
export const rawFile: Keeper = {
  name: 'raw-file',
  open: async (folder) => {
    const path = pathIn(folder);
    const file = await open(path, 'a');
    const commits = new GroupCommit<Buffer>(async (group) => {
      await file.appendFile(group.length === 1 ? group[0]! : Buffer.concat(group));
      await file.datasync();
    });
    return {
      append: (stream, records) => commits.add(frames(stream, records)),
      readAll: (until) => read(path, until, () => undefined),
      readAllParsed: (until) =>
        read(path, until, (fields) => {
          JSON.parse(fields[3]!);
          JSON.parse(fields[4]!);
        }),
      close: () => file.close(),
    };
  },
  inspect: async (folder) => {
    let smallest = Infinity;
    const events = await read(pathIn(folder), Infinity, ([, , , metadata, data]) => {
      smallest = Math.min(smallest, Buffer.byteLength(metadata!) + Buffer.byteLength(data!));
    });
    return { events, smallestPayloadBytes: events === 0 ? 0 : smallest, fileBytes: statSync(pathIn(folder)).size };
  },
};

const frames = (stream: number, records: readonly NewRecord[]): Buffer => {
  const texts = records.map(
    ({ id, type, metadata, data }) => `${stream}\t${id}\t${type}\t${metadata as string}\t${data as string}`,
  );
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + 4 + length, 0));
  let at = 0;
  texts.forEach((text, n) => {
    at = bytes.writeUInt32LE(lengths[n]!, at);
    at += bytes.write(text, at);
  });
  return bytes;
};

const CHUNK_BYTES = 1024 * 1024;

/** Reads on, chunk by chunk, until the end or the time is up. */
const read = async (path: string, until: number, see: (fields: string[]) => void): Promise<number> => {
  const file = await open(path);
  try {
    return await readChunks(file, until, see);
  } finally {
    await file.close();
  }
};

const readChunks = async (file: FileHandle, until: number, see: (fields: string[]) => void): Promise<number> => {
  let events = 0;
  let rest = 0;
  let buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  do {
    if (rest === buffer.length) buffer = Buffer.concat([buffer], 2 * buffer.length);
    const { bytesRead } = await file.read(buffer, rest, buffer.length - rest);
    if (bytesRead === 0) return events;
    const end = rest + bytesRead;
    let at = 0;
    while (at + 4 <= end) {
      const next = at + 4 + buffer.readUInt32LE(at);
      if (next > end) break;
      see(buffer.toString('utf8', at + 4, next).split('\t'));
      events++;
      at = next;
    }
    buffer.copyWithin(0, at, end);
    rest = end - at;
  } while (performance.now() < until);
  return events;
};
