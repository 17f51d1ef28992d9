import type { SampleValue } from '@millwright/events';
import { GraphQLError, GraphQLScalarType, Kind, valueFromASTUntyped } from 'graphql';

const accept = (value: unknown): SampleValue => {
  if (typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new GraphQLError(`SampleValue: expected a finite number, a boolean or a string, got ${JSON.stringify(value)}`);
};

export const SampleValueScalar = new GraphQLScalarType<SampleValue, SampleValue>({
  name: 'SampleValue',
  description: "The value of a sample as JSON: a number, a boolean or a string, by the signal's data type.",
  serialize: accept,
  parseValue: accept,
  parseLiteral: (node) => accept(node.kind === Kind.OBJECT ? null : valueFromASTUntyped(node)),
});
