import fc from 'fast-check';
import type { Direction, EventFilter, Position } from '../../event-store.port.js';
import { collect, Follower, rejection } from '../contract-kit.js';
import type { LogModel, ModelEvent } from './log-model.js';
import { command, expectFair, expectFollowed, expectSame, stream, type RealLog } from './log-run.js';

const direction = fc.constantFrom<Direction>('forwards', 'backwards');
const maxCount = fc.oneof(fc.constant(Infinity), fc.nat({ max: 5 }));

export const readStream = fc
  .tuple(stream, direction, fc.option(fc.bigInt({ min: 0n, max: 20n }), { nil: undefined }), maxCount)
  .map(([name, direction, from, maxCount]) =>
    command(`read ${name} ${direction} from ${from}, ${maxCount} at most`, async (model, real) => {
      const options = { direction, maxCount, ...(from !== undefined && { from }) };
      const read = collect(real.store.readStream(real.prefix + name, options));
      if (model.stream(name).tombstoned) {
        await rejection(read, 'stream-deleted');
        return;
      }
      const shown = model.stream(name).events.filter((event) => model.isShown(event));
      const way = direction === 'forwards' ? shown : shown.reverse();
      const there = way.filter(
        ({ revision }) => from === undefined || (direction === 'forwards' ? revision >= from : revision <= from),
      );
      expectSame(real, await read, there.slice(0, maxCount));
    }),
  );

interface ModelFilter {
  readonly text: string;
  readonly filter: (prefix: string) => EventFilter;
  readonly matches: (event: ModelEvent) => boolean;
}

const filter = fc.constantFrom<ModelFilter>(
  { text: 'all', filter: (p) => ({ streamPrefixes: [p] }), matches: () => true },
  { text: 'a*', filter: (p) => ({ streamPrefixes: [`${p}a`] }), matches: ({ stream }) => stream.startsWith('a') },
  { text: 'Odd', filter: (p) => ({ streamPrefixes: [p], types: ['Odd'] }), matches: ({ type }) => type === 'Odd' },
  {
    text: 'Odd* of ab and b',
    filter: (p) => ({ streamPrefixes: [`${p}ab`, `${p}b`], typePrefixes: ['Odd'] }),
    matches: ({ stream, type }) => stream !== 'a' && type !== 'NotOdd',
  },
  {
    text: 'by patterns',
    filter: (p) => ({ streamPrefixes: [p], streamPattern: 'b$', typePattern: 'd{2}e|tO' }),
    matches: ({ stream, type }) => stream !== 'a' && type !== 'Odd',
  },
);

/** Where a read of the whole log begins: at a place that an append told, or at its end. */
const place = fc.option(fc.nat({ max: 99 }), { nil: undefined });
const placeOf = (real: RealLog, index: number | undefined): RealLog['places'][number] | undefined =>
  index === undefined ? undefined : real.places[index % Math.max(1, real.places.length)];

export const readAll = fc
  .tuple(direction, place, fc.boolean(), maxCount, filter)
  .map(([direction, index, after, maxCount, filter]) => {
    const text = `read all ${direction} ${after ? 'after' : 'from'} ${index}, ${maxCount} at most, ${filter.text}`;
    return command(text, async (model, real) => {
      const place = placeOf(real, index);
      const [start, options] = startOf(model, direction, place, after);
      const read = await collect(
        real.store.readAll({ direction, maxCount, filter: filter.filter(real.prefix), ...options }),
      );
      const way = direction === 'forwards' ? start : [...start].reverse();
      expectFair(model, real, way.filter(filter.matches), read, maxCount);
    });
  });

/** The events of the model that the read goes through, in log order, and its options. */
const startOf = (
  { log }: LogModel,
  direction: Direction,
  place: RealLog['places'][number] | undefined,
  after: boolean,
): [ModelEvent[], { from?: Position; after?: Position }] => {
  if (!place) return [log, {}];
  const { position, count } = place;
  if (direction === 'backwards') return [log.slice(0, count), { from: position }];
  return after ? [log.slice(count), { after: position }] : [log.slice(count - 1), { from: position }];
};

const MAX_FOLLOWERS = 3;

export const follow = fc
  .tuple(fc.oneof(fc.constantFrom('start' as const, 'end' as const), fc.nat({ max: 99 })), filter)
  .map(([from, filter]) =>
    command(`follow from ${from}, ${filter.text}`, async (model, real) => {
      if (real.followers.length === MAX_FOLLOWERS) return;
      const place = typeof from === 'number' ? placeOf(real, from) : undefined;
      const start = place?.count ?? (from === 'end' ? model.log.length : 0);
      const after = place?.position ?? (from === 'end' ? 'end' : 'start');
      const follower = new Follower(real.store, { after, filter: filter.filter(real.prefix), maxBatch: 3 });
      real.followers.push({ follower, start, matches: filter.matches });
    }),
  );

export const catchUp = fc.nat({ max: MAX_FOLLOWERS - 1 }).map((index) =>
  command(`catch up with follower ${index}`, async (model, real) => {
    const follower = real.followers[index];
    if (follower) await expectFollowed(model, real, follower);
  }),
);
