import { Field, InputType, ObjectType } from '@nestjs/graphql';
import type { AsOf, Moment, TimeRange } from '@millwright/read-model';
import { ApiError } from '../error/api-error.js';
import { DateTimeScalar } from '../scalar/date-time.scalar.js';
import { PositionScalar } from '../scalar/position.scalar.js';

@ObjectType('Moment', { description: 'Where in the log, and so when, an answer is true.' })
export class MomentType implements Moment {
  @Field(() => PositionScalar, { description: 'The last event that the answer takes into account.' })
  readonly position!: bigint;
  @Field(() => DateTimeScalar, { description: 'When the log recorded it.' })
  readonly time!: number;
}

@InputType('AsOf', { description: 'A moment to look at the plant, given by exactly one of the two.' })
export class AsOfInput {
  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'The last position recorded at or before this time.',
  })
  readonly time?: number | null;
  @Field(() => PositionScalar, { nullable: true, description: 'A position that this API gave out.' })
  readonly position?: bigint | null;
}

/** The moment meant; throws INVALID when not exactly one of time and position is given. */
export const toAsOf = ({ time, position }: AsOfInput): AsOf => {
  if (position != null && time == null) return { position };
  if (time != null && position == null) return { time };
  throw new ApiError('INVALID', 'asOf: give exactly one of `time` and `position`');
};

@InputType('TimeRange', { description: 'A half-open span of time: from <= t < to.' })
export class TimeRangeInput {
  @Field(() => DateTimeScalar, { description: 'Inclusive.' })
  readonly from!: number;
  @Field(() => DateTimeScalar, { description: 'Exclusive.' })
  readonly to!: number;
}

/** Throws INVALID for a range that runs backwards. */
export const toRange = ({ from, to }: TimeRangeInput): TimeRange => {
  if (from > to) {
    const text = `${new Date(from).toISOString()} is after ${new Date(to).toISOString()}`;
    throw new ApiError('INVALID', `range: \`from\` must not be after \`to\`; ${text}`);
  }
  return { from, to };
};
