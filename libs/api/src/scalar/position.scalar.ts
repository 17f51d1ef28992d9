import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

const MAX_POSITION = 2n ** 64n - 1n;

const parse = (value: unknown): bigint => {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text === 'string' && /^\d{1,20}$/.test(text)) {
    const position = BigInt(text);
    if (position <= MAX_POSITION) return position;
  }
  throw new GraphQLError(
    `Position: expected a token that this API gave out, a decimal number as text such as "1024", got ${JSON.stringify(value)}`,
  );
};

/** Place in the log, or revision in a stream: a bigint inside, a decimal string outside. */
export const PositionScalar = new GraphQLScalarType<bigint, string>({
  name: 'Position',
  description:
    'A place in the log, as a decimal number in a string. Opaque: store it, compare it for equality, hand it back; do no arithmetic on it.',
  serialize: (value) => (value as bigint).toString(),
  parseValue: parse,
  parseLiteral: (node) => parse(node.kind === Kind.STRING || node.kind === Kind.INT ? node.value : node.kind),
});
