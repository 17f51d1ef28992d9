import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

const FORM = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,3}))?(?:Z|([+-])(\d{2}):(\d{2}))$/;
const MINUTE_MS = 60_000;

/** Epoch milliseconds of an ISO 8601 time, undefined when the text is not one or names a time that no calendar has. */
export const parseDateTime = (text: string): number | undefined => {
  const match = FORM.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const local = Date.UTC(year, month - 1, day, hour, minute, second, Number((match[7] ?? '0').padEnd(3, '0')));
  // Date.UTC rolls 30 February over to March; what does not come back as it went in was no time.
  if (new Date(local).toISOString().slice(0, 19) !== text.slice(0, 19)) return undefined;
  const offset = Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0);
  return local - (match[8] === '-' ? -offset : offset) * MINUTE_MS;
};

const parse = (value: unknown): number => {
  const time = typeof value === 'string' ? parseDateTime(value) : undefined;
  if (time !== undefined) return time;
  throw new GraphQLError(
    `DateTime: expected ISO 8601 with a zone, such as "2026-03-01T08:15:30.000Z", got ${JSON.stringify(value)}`,
  );
};

/** Epoch milliseconds inside, ISO 8601 outside. */
export const DateTimeScalar = new GraphQLScalarType<number, string>({
  name: 'DateTime',
  description:
    'A time in ISO 8601, in UTC with milliseconds: `2026-03-01T08:15:30.000Z`. As input the milliseconds may be left out and another offset given.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: (value) => new Date(value as number).toISOString(),
  parseValue: parse,
  parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : node.kind),
});
