import { logStats } from '@millwright/event-store-sqlite';
import { parseLogUrl } from '@millwright/open-log';
import { EXIT, LOG, type Command } from './command.js';
import { megabytes } from './numbers.js';
import { openToRead } from './open-to-read.js';

/** `millwright log stats`: how large the log is. */
export const stats: Command = {
  name: 'log stats',
  summary: 'tells how large the log is and how far it goes, also while a server has it open',
  settings: [LOG],
  run: async (the) => {
    const log = the('log').text();
    const url = parseLogUrl(log);
    for (const line of url.kind === 'sqlite' ? ofFile(url.path) : await ofServer(log)) console.log(line);
    return EXIT.done;
  },
};

const ofFile = (path: string): string[] => {
  const { events, streams, bytes, head, recorded, removedUpTo } = logStats(path);
  return [
    `events      ${events}`,
    `streams     ${streams}`,
    `bytes       ${bytes} (${megabytes(bytes)})`,
    `head        ${head ?? 'none'}`,
    ...(recorded ? [`recorded    ${isoTime(recorded.first)} to ${isoTime(recorded.last)}`] : []),
    `scavenged   ${removedUpTo === undefined ? 'nothing' : `some events up to position ${removedUpTo}`}`,
  ];
};

/** The protocol of EventStoreDB counts nothing. */
const ofServer = async (log: string): Promise<string[]> => {
  const store = await openToRead(log);
  try {
    const head = await store.head();
    const times: string[] = [];
    for (const direction of ['forwards', 'backwards'] as const) {
      for await (const { recordedAt } of store.readAll({ direction, maxCount: 1 })) times.push(isoTime(recordedAt));
    }
    return [`head        ${head ?? 'none'}`, ...(times.length > 0 ? [`recorded    ${times.join(' to ')}`] : [])];
  } finally {
    await store.close();
  }
};

const isoTime = (ms: number): string => new Date(ms).toISOString();
