import {
  checkMaxCount,
  matcher,
  readStart,
  StreamDeletedError,
  type EventFilter,
  type EventStoreError,
  type LogPage,
  type LogRecord,
  type Position,
  type ReadAllOptions,
  type ReadStreamOptions,
} from '@millwright/event-store';
import type { WorkerClient } from '@millwright/sqlite';
import type { LogPageRequest, Page, PageRequest, StreamPageRequest, Tombstoned } from './messages.js';
import { toRecords } from './page-columns.js';

/** Events of one page at most; its bytes are bounded by the worker. */
const PAGE_EVENTS = 512;

/** Reads a log through its reader worker, page by page; the next page is read while the caller looks at this one. */
export class PagedReader {
  private readonly worker: WorkerClient;
  private readonly toError: (action: string, error: unknown) => EventStoreError;
  private readonly now: () => number;

  /** `now`: the log's clock. */
  constructor(worker: WorkerClient, toError: (action: string, error: unknown) => EventStoreError, now: () => number) {
    this.worker = worker;
    this.toError = toError;
    this.now = now;
  }

  async head(): Promise<Position | undefined> {
    return toPosition(await this.call<number | undefined>('head', 'read the head', undefined));
  }

  async positionAt(time: number): Promise<Position | undefined> {
    return toPosition(await this.call<number | undefined>('positionAt', `read the position at ${time}`, time));
  }

  readStream(
    stream: string,
    { direction = 'forwards', from, maxCount = Infinity }: ReadStreamOptions,
  ): AsyncGenerator<readonly LogRecord[]> {
    const after = from === undefined ? undefined : inclusive(Number(from), direction);
    return pages({ direction, after, maxCount: checkMaxCount(maxCount) }, (request) =>
      this.streamPage({ ...request, stream, now: this.now() }),
    );
  }

  readAll(options: ReadAllOptions): AsyncGenerator<readonly LogRecord[]> {
    const { direction, from, after, maxCount } = readStart(options);
    const start = from === undefined ? toNumber(after) : inclusive(Number(from), direction);
    const { filter } = options;
    // Throws here for a pattern that is none, and not in the worker.
    matcher(filter);
    return pages({ direction, after: start, maxCount }, (request) => this.logPage({ ...request, filter }));
  }

  /** One page forwards, for subscriptions. */
  async readPage(
    cursor: Position | undefined,
    filter: EventFilter | undefined,
    limit: number,
  ): Promise<LogPage<LogRecord>> {
    const request = { direction: 'forwards', after: toNumber(cursor), upTo: undefined, limit, filter } as const;
    const { columns, next, end } = await this.logPage(request);
    return { events: columns ? toRecords(columns) : [], scannedTo: toPosition(next ?? end) };
  }

  private async streamPage(request: StreamPageRequest): Promise<Page> {
    const page = await this.call<Page | Tombstoned>('readStream', `read stream "${request.stream}"`, request);
    if ('tombstoned' in page) throw new StreamDeletedError(page.tombstoned);
    return page;
  }

  private logPage(request: LogPageRequest): Promise<Page> {
    return this.call<Page>('readAll', 'read the log', request);
  }

  private async call<T>(method: string, action: string, args: unknown): Promise<T> {
    try {
      return await this.worker.call<T>(method, args);
    } catch (error) {
      throw this.toError(action, error);
    }
  }
}

interface Read {
  readonly direction: PageRequest['direction'];
  /** Exclusive. */
  readonly after: number | undefined;
  readonly maxCount: number;
}

async function* pages(
  { direction, after, maxCount }: Read,
  read: (request: PageRequest) => Promise<Page>,
): AsyncGenerator<readonly LogRecord[]> {
  let left = maxCount;
  const ask = (place: number | undefined, upTo: number | undefined): Promise<Page> => {
    const page = read({ direction, after: place, upTo, limit: Math.min(left, PAGE_EVENTS) });
    // A page asked for ahead may fail when nobody waits for it any more.
    page.catch(() => undefined);
    return page;
  };
  let upTo: number | undefined;
  for (let asked: Promise<Page> | undefined = ask(after, undefined); asked;) {
    const { columns, next, end }: Page = await asked;
    upTo ??= end;
    left -= columns?.positions.length ?? 0;
    asked = next === undefined || left === 0 ? undefined : ask(next, upTo);
    if (columns) yield toRecords(columns);
  }
}

/** The exclusive start that begins with this place. */
const inclusive = (place: number, direction: PageRequest['direction']): number =>
  direction === 'forwards' ? place - 1 : place + 1;

const toNumber = (position: Position | undefined): number | undefined =>
  position === undefined ? undefined : Number(position);

const toPosition = (position: number | undefined): Position | undefined =>
  position === undefined ? undefined : BigInt(position);
